// The registry's functions of arrays, maps and structs.
#include "compiler/functions/entries.h"
#include "runtime/functions/nested_functions.h"

namespace streamql {

namespace {

Type element_of(const std::vector<Type>& args) { return *args[0].element; }
Type first(const std::vector<Type>& args) { return args[0]; }
Type keys_of(const std::vector<Type>& args) { return Type::array(*args[0].key); }
Type values_of(const std::vector<Type>& args) { return Type::array(*args[0].element); }

}  // namespace

void add_nested(Entries& to) {
    to.add("[]", "E(Ai)", sqk_array_at, Traits{.fallible = false, .nullable = true, .rule = element_of},
           "element, from 1; NULL outside");
    to.add("[]", "V(MK)", sqk_map_at, Traits{.fallible = false, .nullable = true, .rule = element_of},
           "value of a key, or NULL");
    to.add("array_length", "i(Ai)", sqk_array_length, kSafeNullable, "length of a dimension; NULL if empty");
    to.add("cardinality", "i(A)", sqk_cardinality, kSafe, "number of elements");
    to.add("cardinality", "i(M)", sqk_map_size, kSafe, "number of entries");
    to.add("array_contains", "b(AE)", sqk_array_contains, kSafe, "an element equals the value");
    to.add("array_position", "i(AE)", sqk_array_position, kSeesNulls,
           "position of the first such element (NULL finds NULL), or NULL");
    to.add("array_to_string", "t(At)", sqk_array_to_string, kSafe, "elements joined, NULLs left out");
    to.add("||", "A(AA)", sqk_array_concat, Traits{.fallible = false, .rule = first}, "arrays joined");
    to.add("map_keys", "A(M)", sqk_map_keys, Traits{.fallible = false, .rule = keys_of}, "keys as an array");
    to.add("map_values", "A(M)", sqk_map_values, Traits{.fallible = false, .rule = values_of}, "values as an array");
}

}  // namespace streamql
