// What generated code believes of the registry: an entry that is not nullable never gives NULL, one that is not
// fallible never fails.
#include "runtime/time/timezone.h"
#include "tests/unit/codegen/generator.h"
#include "tests/unit/codegen/harness.h"

namespace streamql::test {
namespace {

TEST(Registry, KeepsItsPromisesToCodegen) {
    int checked = 0;
    for (auto& f : scalar_functions()) {
        bool plain = f.name != "repeat" && f.name != "lpad" && f.name != "rpad";
        std::vector<Type> types;
        for (auto& p : f.args) {
            plain = plain && p.kind == TypePattern::Kind::kExact;
            types.push_back(p.type);
        }
        if (!plain || !f.strict || (f.nullable && f.fallible)) continue;
        ++checked;
        auto batch = random_batch(types, 400, 17, false);
        Arena arena;
        KernelContext context{&arena, 1'700'000'000'000'000, find_timezone("Europe/Berlin")};
        for (int64_t row = 0; row < batch->rows(); ++row) {
            std::vector<Cell> args;
            bool any_null = false;
            for (size_t c = 0; c < types.size(); ++c) {
                args.push_back(batch->get(static_cast<int>(c), row));
                any_null = any_null || args.back().null;
            }
            if (any_null) continue;
            Cell out;
            RowError error = f.kernel(&context, args.data(), static_cast<int32_t>(args.size()), &out);
            if (!f.fallible) {
                ASSERT_EQ(error, RowError::kOk) << signature(f);
            }
            if (!f.nullable && error == RowError::kOk) {
                ASSERT_FALSE(out.null) << signature(f) << " of " << text_of(*batch, row);
            }
        }
    }
    EXPECT_GT(checked, 200);
}

}  // namespace
}  // namespace streamql::test
