#include "runtime/functions/nested_functions.h"

#include "runtime/functions/value_text.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

NestedBuilder& builder() {
    thread_local NestedBuilder b;
    return b;
}

/// 1-based position of the first part that is not distinct from `wanted`, or 0.
int64_t find(const NestedView& array, const Cell& wanted) {
    for (uint32_t i = 0; i < array.count(); ++i) {
        TypeKind kind = array.kind(i);
        bool same = kind == TypeKind::kNull || wanted.null ? kind == TypeKind::kNull && wanted.null
                                                           : cell_compare(kind, array.get(i), wanted) == 0;
        if (same) return i + 1;
    }
    return 0;
}

RowError every_second(KernelContext* ctx, const Cell* a, uint32_t from, Cell* out) {
    NestedView map(a[0].str);
    NestedBuilder& b = builder();
    b.begin(NestedForm::kArray);
    for (uint32_t i = from; i < map.count(); i += 2) {
        if (map.kind(i) == TypeKind::kNull)
            b.add_null();
        else
            b.add(map.kind(i), map.get(i));
    }
    return give(out, b.finish(*ctx->arena));
}

void append_parts(const NestedView& array, NestedBuilder& to) {
    for (uint32_t i = 0; i < array.count(); ++i) {
        if (array.kind(i) == TypeKind::kNull)
            to.add_null();
        else
            to.add(array.kind(i), array.get(i));
    }
}

}  // namespace

STREAMQL_KERNEL(sqk_struct_field) {
    *out = NestedView(a[0].str).get(static_cast<uint32_t>(a[1].i64));
    return RowError::kOk;
}

STREAMQL_KERNEL(sqk_make_array) {
    Type type = parse_descriptor(a[0].str.view());
    NestedBuilder& b = builder();
    b.begin(NestedForm::kArray);
    for (int32_t i = 1; i < n; ++i) b.add(type.element->kind, a[i]);
    return give(out, b.finish(*ctx->arena));
}

STREAMQL_KERNEL(sqk_make_struct) {
    Type type = parse_descriptor(a[0].str.view());
    NestedBuilder& b = builder();
    b.begin(NestedForm::kStruct);
    for (int32_t i = 1; i < n; ++i) b.add((*type.fields)[static_cast<size_t>(i - 1)].type->kind, a[i]);
    return give(out, b.finish(*ctx->arena));
}

STREAMQL_KERNEL(sqk_array_at) {
    NestedView array(a[0].str);
    if (a[1].i64 < 1 || a[1].i64 > array.count()) return give_null(out);
    *out = array.get(static_cast<uint32_t>(a[1].i64 - 1));
    return RowError::kOk;
}

STREAMQL_KERNEL(sqk_map_at) {
    NestedView map(a[0].str);
    for (uint32_t i = 0; i + 1 < map.count(); i += 2) {
        if (map.kind(i) == TypeKind::kNull || cell_compare(map.kind(i), map.get(i), a[1]) != 0) continue;
        *out = map.get(i + 1);
        return RowError::kOk;
    }
    return give_null(out);
}

STREAMQL_KERNEL(sqk_array_length) {
    NestedView array(a[0].str);
    if (array.count() == 0 || a[1].i64 < 1) return give_null(out);
    if (a[1].i64 == 1) return give(out, static_cast<int64_t>(array.count()));
    if (array.kind(0) != TypeKind::kArray) return give_null(out);
    Cell inner[2] = {array.get(0), Cell::of(a[1].i64 - 1)};
    return sqk_array_length(ctx, inner, 2, out);
}

STREAMQL_KERNEL(sqk_cardinality) {
    NestedView array(a[0].str);
    int64_t total = 0;
    for (uint32_t i = 0; i < array.count(); ++i) {
        if (array.kind(i) != TypeKind::kArray) {
            ++total;
            continue;
        }
        Cell part = array.get(i), inner;
        sqk_cardinality(ctx, &part, 1, &inner);
        total += inner.i64;
    }
    return give(out, total);
}

STREAMQL_KERNEL(sqk_map_size) { return give(out, static_cast<int64_t>(NestedView(a[0].str).count() / 2)); }
STREAMQL_KERNEL(sqk_array_contains) { return give(out, find(NestedView(a[0].str), a[1]) > 0); }
STREAMQL_KERNEL(sqk_array_position) {
    if (a[0].null) return give_null(out);
    int64_t at = find(NestedView(a[0].str), a[1]);
    return at > 0 ? give(out, at) : give_null(out);
}

STREAMQL_KERNEL(sqk_array_to_string) {
    NestedView array(a[0].str);
    std::string& text = scratch();
    bool first = true;
    for (uint32_t i = 0; i < array.count(); ++i) {
        if (array.kind(i) == TypeKind::kNull) continue;
        if (!first) text.append(a[1].str.view());
        append_text(array.kind(i), array.get(i), job_zone(ctx), text);
        first = false;
    }
    return give_copy(ctx, out, text);
}

STREAMQL_KERNEL(sqk_array_concat) {
    NestedBuilder& b = builder();
    b.begin(NestedForm::kArray);
    append_parts(NestedView(a[0].str), b);
    append_parts(NestedView(a[1].str), b);
    return give(out, b.finish(*ctx->arena));
}

STREAMQL_KERNEL(sqk_map_keys) { return every_second(ctx, a, 0, out); }
STREAMQL_KERNEL(sqk_map_values) { return every_second(ctx, a, 1, out); }

}  // namespace streamql
