#include "runtime/state/key_encoding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "runtime/state/murmur2.h"

namespace streamql {
namespace {

Decimal decimal(Int128 value, int scale) {
    Decimal d;
    d.value = value;
    d.scale = scale;
    return d;
}

std::vector<std::string> keys_of(Batch& batch, int columns) {
    KeyEncoder encoder(batch.types(), columns);
    EncodedKeys keys;
    encoder.encode(batch.view(), keys);
    std::vector<std::string> out;
    for (int64_t i = 0; i < keys.size(); ++i) {
        out.emplace_back(keys[i]);
        EXPECT_EQ(encoder.encode(batch.view(), i), keys[i]);
        EXPECT_EQ(encoder.has_null(batch.view(), i), keys.has_null(i));
    }
    return out;
}

Batch& fill(Batch& batch, std::vector<Cell> cells) {
    batch.view().rows = static_cast<int64_t>(cells.size());
    for (size_t i = 0; i < cells.size(); ++i) batch.set(0, static_cast<int64_t>(i), cells[i]);
    return batch;
}

TEST(Murmur2, EqualsKafka) {
    EXPECT_EQ(static_cast<int32_t>(murmur2("21")), -973932308);
    EXPECT_EQ(static_cast<int32_t>(murmur2("foobar")), -790332482);
    EXPECT_EQ(static_cast<int32_t>(murmur2("a-little-bit-long-string")), -985981536);
    EXPECT_EQ(static_cast<int32_t>(murmur2("a-little-bit-longer-string")), -1486304829);
    EXPECT_EQ(static_cast<int32_t>(murmur2("abc")), 479470107);
}

TEST(Murmur2, WorkersOwnRangesOfGroups) {
    for (int workers : {1, 2, 3, 7, 128}) {
        std::map<int, int> groups;
        for (int g = 0; g < kKeyGroups; ++g) ++groups[worker_of_group(g, workers)];
        ASSERT_EQ(static_cast<int>(groups.size()), workers);
        for (auto& [w, n] : groups) EXPECT_GE(n, kKeyGroups / workers);
    }
}

TEST(TableHash, EveryByteCounts) {
    for (size_t size = 1; size < 70; ++size) {
        std::string s(size, 'x');
        const uint64_t before = table_hash(s);
        for (size_t i = 0; i < size; ++i) {
            s[i] = 'y';
            EXPECT_NE(table_hash(s), before) << size << " " << i;
            s[i] = 'x';
        }
    }
}

TEST(KeyEncoding, CanonicalDoubles) {
    Batch b({Type(TypeKind::kDouble)}, 8);
    auto k = keys_of(fill(b, {Cell::of(0.0), Cell::of(-0.0), Cell::of(std::nan("1")), Cell::of(-std::nan("7")),
                              Cell::of(1.5), Cell()}),
                     1);
    EXPECT_EQ(k[0], k[1]);
    EXPECT_EQ(k[2], k[3]);
    EXPECT_NE(k[0], k[4]);
    EXPECT_NE(k[0], k[5]);
}

TEST(KeyEncoding, CanonicalDecimalsKeepTheDeclaredScale) {
    Batch b({Type::decimal(12, 2)}, 8);
    auto k = keys_of(fill(b, {Cell::of(decimal(150, 2)), Cell::of(decimal(15, 1)), Cell::of(decimal(0, 2)),
                              Cell::of(decimal(0, 0)), Cell::of(decimal(-1000, 2))}),
                     1);
    EXPECT_EQ(k[0], k[1]);
    EXPECT_EQ(k[2], k[3]);
    EXPECT_NE(k[0], k[4]);
    Batch out({Type::decimal(12, 2)}, 1);
    KeyEncoder(b.types(), 1).decode(k[4], out.view(), 0, 0);
    EXPECT_TRUE(out.cell<Decimal>(0, 0).value == -1000 && out.cell<Decimal>(0, 0).scale == 2);
    Batch numeric({Type::numeric()}, 1);
    KeyEncoder(numeric.types(), 1).decode(k[4], numeric.view(), 0, 0);
    EXPECT_TRUE(numeric.cell<Decimal>(0, 0).value == -10 && numeric.cell<Decimal>(0, 0).scale == 0);
}

TEST(KeyEncoding, IntervalsCompareAsPostgresDoes) {
    Batch b({Type(TypeKind::kInterval)}, 8);
    auto k = keys_of(
        fill(b, {Cell::of(Interval{0, 0, 1}), Cell::of(Interval{0, 30, 0}), Cell::of(Interval{86'400'000'000, 0, 0}),
                 Cell::of(Interval{0, 1, 0}), Cell::of(Interval{INT64_MAX, INT32_MAX, INT32_MAX})}),
        1);
    EXPECT_EQ(k[0], k[1]);
    EXPECT_EQ(k[2], k[3]);
    Batch out({Type(TypeKind::kInterval)}, 1);
    KeyEncoder(b.types(), 1).decode(k[4], out.view(), 0, 0);
    out.view().rows = 1;
    EXPECT_EQ(keys_of(out, 1)[0], k[4]);
}

TEST(KeyEncoding, InjectiveAndDecodableOverManyColumns) {
    std::vector<Type> types{Type(TypeKind::kString), Type(TypeKind::kBigint), Type(TypeKind::kString),
                            Type(TypeKind::kBoolean)};
    for (int i = 0; i < 6; ++i) types.emplace_back(TypeKind::kInteger);  // more than one byte of NULL bits
    Batch b(types, 1);
    uint64_t seed = 7;
    auto next = [&seed](uint64_t n) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        return (seed >> 40) % n;
    };
    static const char* kTexts[] = {"", "a", "ab", "b", "\0x"};
    b.reserve(3000);
    for (int64_t row = 0; row < 3000; ++row) {
        b.view().rows = row + 1;
        for (size_t c = 0; c < types.size(); ++c) {
            Cell cell;
            if (next(3))
                cell = types[c].kind == TypeKind::kString ? Cell::of(Str::of(kTexts[next(5)]))
                                                          : Cell::of(static_cast<int64_t>(next(2)));
            b.set(static_cast<int>(c), row, cell);
        }
    }
    auto text = [&](Batch& batch, int64_t row) {
        std::string s;
        for (size_t c = 0; c < types.size(); ++c) {
            const int column = static_cast<int>(c);
            if (batch.is_null(column, row))
                s += "N|";
            else if (types[c].kind == TypeKind::kString)
                s += "'" + std::string(batch.cell<Str>(column, row).view()) + "'|";
            else
                s += std::to_string(batch.cell<int64_t>(column, row)) + "|";
        }
        return s;
    };
    const int n = static_cast<int>(types.size());
    auto keys = keys_of(b, n);
    KeyEncoder encoder(types, n);
    Batch out(types, 1);
    std::map<std::string, std::string> by_key;
    for (int64_t row = 0; row < b.rows(); ++row) {
        encoder.decode(keys[row], out.view(), 0, 0);
        ASSERT_EQ(text(out, 0), text(b, row));
        auto [at, fresh] = by_key.emplace(keys[row], text(b, row));
        ASSERT_EQ(at->second, text(b, row));
    }
}

TEST(KeyEncoding, SingleColumnPathsKnowNull) {
    Batch ints({Type(TypeKind::kBigint)}, 4);
    fill(ints, {Cell::of(int64_t{0}), Cell(), Cell::of(int64_t{-1})});
    EncodedKeys keys;
    KeyEncoder(ints.types(), 1).encode(ints.view(), keys);
    EXPECT_FALSE(keys.has_null(0));
    EXPECT_TRUE(keys.has_null(1));
    EXPECT_NE(keys[0], keys[1]);
    EXPECT_EQ(keys[2].size(), 9u);
    Batch none({Type(TypeKind::kBigint)}, 4);
    none.view().rows = 2;
    KeyEncoder(none.types(), 0).encode(none.view(), keys);
    EXPECT_EQ(keys[1], "");
}

}  // namespace
}  // namespace streamql
