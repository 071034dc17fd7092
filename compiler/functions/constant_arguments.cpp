#include "compiler/functions/constant_arguments.h"

#include <algorithm>

#include "runtime/base/result.h"
#include "runtime/functions/value_text.h"

namespace streamql {

namespace {

const Type& parameter(const ScalarFunction& f, size_t i, Type& type) {
    return type = Type(f.args[std::min(i, f.args.size() - 1)].type);
}

/// A value that no entry's kernel refuses in the place of an argument that is not judged: 0, an empty text.
Cell harmless(TypeKind kind) {
    Cell cell;
    cell.null = false;
    if (Type(kind).physical() == Physical::kStr) cell.str = Str::of("");
    return cell;
}

std::string printed(const Cell& value, TypeKind kind) {
    std::string text;
    append_text(kind, value, utc(), text);
    if (kind == TypeKind::kInterval) return "INTERVAL '" + text + "'";
    return kind == TypeKind::kString ? "'" + text + "'" : text;
}

}  // namespace

std::optional<ArgumentProblem> judge_constants(const ScalarFunction& f, std::span<const Cell* const> constants,
                                               const void* timezone) {
    if (f.judged.empty()) return std::nullopt;
    if (f.strict && std::any_of(constants.begin(), constants.end(), [](const Cell* c) { return c && c->null; }))
        return std::nullopt;  // NULL, whatever the other arguments are
    Arena arena;
    KernelContext context{&arena, 0, timezone};
    Type type;
    std::vector<Cell> cells;
    for (size_t i = 0; i < constants.size(); ++i) cells.push_back(harmless(parameter(f, i, type).kind));
    for (const JudgedArgument& j : f.judged)
        SQ_CHECK(parse_value(parameter(f, j.index, type), j.good, utc(), arena, &cells[j.index]) == RowError::kOk,
                 f.symbol);
    for (const JudgedArgument& j : f.judged) {
        const Cell* given = constants[j.index];
        if (given == nullptr || given->null) continue;
        std::vector<Cell> attempt = cells;
        attempt[j.index] = *given;
        Cell out;
        if (f.kernel(&context, attempt.data(), static_cast<int32_t>(attempt.size()), &out) !=
            RowError::kInvalidArgument)
            continue;
        std::string message = f.name + " cannot work with " + printed(*given, parameter(f, j.index, type).kind);
        if (j.why != nullptr) message += ": " + j.why(given->str.view());
        return ArgumentProblem{j.index, std::move(message), j.accepts};
    }
    return std::nullopt;
}

}  // namespace streamql
