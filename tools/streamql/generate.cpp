// streamql generate: a generator's events to stdout, a file or a Kafka topic, or its ground truth.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "compiler/diagnostics/suggest.h"
#include "runtime/connectors/connector.h"
#include "runtime/connectors/generate/generator.h"
#include "runtime/connectors/generate/ground_truth.h"
#include "tools/streamql/command.h"
#include "tools/streamql/output.h"

namespace streamql::cli {

namespace {

Error usage(std::string message, std::string help = {}) {
    return {ErrorCode::kUsage, std::move(message), std::move(help), false};
}
Error unwritable(const std::string& where) {
    return {ErrorCode::kOutside, fmt::format("cannot write {}: {}", where, std::strerror(errno)), "", false};
}

int to_stdout(const std::string& name, const Options& options) {
    constexpr size_t kAtOnce = 64 * 1024;
    std::string waiting;
    const bool slow = options.real("rate") > 0;  // then every event is seen when it happens
    Status s = generate_messages(name, options, [&](int64_t, const GeneratedMessage& m) {
        waiting.append(m.value) += '\n';
        if (!slow && waiting.size() < kAtOnce) return true;
        print_text(waiting);
        waiting.clear();
        return output_ok();
    });
    if (!s) return fail(s.error());
    print_text(waiting);
    return 0;
}

int to_file(const GenerateOptions& o, const Options& options) {
    if (o.path.empty()) return fail(usage("--to file needs --path"));
    for (auto& [ending, program] : {std::pair{".gz", "gzip"}, {".zst", "zstd"}})
        if (o.path.ends_with(ending))
            return fail(usage(fmt::format("generate writes plain text, which {} would not be", o.path),
                              fmt::format("streamql generate {} ... | {} >{}", o.name, program, o.path)));
    std::FILE* out = std::fopen(o.path.c_str(), "wb");
    if (!out) return fail(unwritable(o.path));
    bool ok = true;
    Status s = generate_messages(o.name, options, [&](int64_t, const GeneratedMessage& m) {
        ok = std::fwrite(m.value.data(), 1, m.value.size(), out) == m.value.size() && std::fputc('\n', out) != EOF;
        return ok;
    });
    const int code = !s ? fail(s.error()) : ok ? 0 : fail(unwritable(o.path));
    return std::fclose(out) == 0 || code ? code : fail(unwritable(o.path));
}

/// What --to names, or else what --topic or --path belong to; null: standard output.
const Connector* target_of(const GenerateOptions& o) {
    if (!o.to.empty()) return find_connector(o.to);
    for (auto& c : connector_list())
        if ((!o.topic.empty() && c.place_option == "topic") || (!o.path.empty() && c.place_option == "path")) return &c;
    return nullptr;
}

int to_messages(const Connector& connector, const GenerateOptions& o, const Options& options) {
    SinkSpec spec;
    spec.name = o.topic.empty() ? o.name : o.topic;
    spec.columns = {{"value", TypeKind::kBytes, false}};
    std::map<std::string, std::string> given = connector.message_sink(spec.name);
    given["partitions"] = std::max<int64_t>(options.integer("partitions"), 1) > 1 ? options.text("partitions") : "4";
    if (!o.brokers.empty()) given["brokers"] = o.brokers;
    std::vector<OptionProblem> problems;
    spec.options = check_options(connector.options, given, false, "connector " + connector.name, problems);
    if (!problems.empty()) return fail(usage(problems[0].message, problems[0].help));
    JobOptions job;
    ConnectorContext context{&job, &Clock::system()};
    auto sink = connector.make_sink(spec, context);
    if (!sink) return fail(sink.error());
    if (Status s = (*sink)->open(nullptr); !s) return fail(s.error());
    Batch batch({TypeKind::kBytes}, 1024);
    std::vector<RejectedRow> rejected;
    Status status;
    auto send = [&] {
        status = (*sink)->write(batch, rejected);
        batch.clear();
        return status.ok();
    };
    Status made = generate_messages(o.name, options, [&](int64_t, const GeneratedMessage& m) {
        const int64_t row = batch.view().rows++;
        batch.set(0, row, Cell::of(Str::of(batch.arena().copy(m.value))));
        batch.view().status[row] = 0;
        return batch.rows() < batch.capacity() || send();
    });
    if (!made) return fail(made.error());
    if (status && send()) {
        if (auto prepared = (*sink)->prepare(1, rejected); !prepared) status = prepared.error();
    }
    if (status) status = (*sink)->close(/*ended=*/true);
    if (!status) return fail(status.error());
    if (!rejected.empty()) say("note: {} events were refused: {}\n", rejected.size(), rejected[0].reason);
    return 0;
}

/// Clicks and conversions of one seed; `options` are those of the one asked for.
int truth(const GenerateOptions& o, const Options& options) {
    const int64_t now = Clock::system().now_micros();
    const bool clicks = o.name == "clicks";
    auto mine = generator_settings(*find_generator(o.name), options, now);
    if (!mine) return fail(mine.error());
    if (mine->rows < 0) return fail(usage("--truth needs --rows"));
    auto other = *mine;  // ten clicks a conversion, over the same span of time
    other.rows = clicks ? mine->rows / 10 : mine->rows * 10;
    other.spacing = clicks ? mine->spacing * 10 : mine->spacing / 10;
    std::string text;
    append_truth(ground_truth(clicks ? *mine : other, clicks ? other : *mine), text);
    print_text(text);
    return 0;
}

}  // namespace

int generate(const GenerateOptions& o) {
    std::vector<std::string> names;
    for (auto& g : generator_list()) names.push_back(g.name);
    if (!find_generator(o.name))
        return fail(usage(fmt::format("there is no generator \"{}\"", o.name), did_you_mean(o.name, names)));
    std::vector<OptionProblem> problems;
    Options options = check_options(generator_options(), o.options, true, "generator " + o.name, problems);
    if (!problems.empty()) return fail(usage(problems[0].message, problems[0].help));
    if (o.truth) return truth(o, options);
    const Connector* to = target_of(o);
    if (to && to->message_sink) return to_messages(*to, o, options);
    return to ? to_file(o, options) : to_stdout(o.name, options);
}

}  // namespace streamql::cli
