#include "runtime/state/page_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "runtime/state/aggregate_memory.h"
#include "runtime/state/hash_table.h"

namespace streamql {
namespace {

TEST(PageStore, BlocksKeepTheirBytesThroughRandomFrees) {
    PageStore pages;
    std::mt19937_64 random(5);
    std::vector<std::pair<StateRef, std::string>> live;
    for (int i = 0; i < 20'000; ++i) {
        if (live.size() > 200 && random() % 2) {
            const size_t at = random() % live.size();
            ASSERT_EQ(std::string(pages.read(live[at].first), live[at].second.size()), live[at].second);
            pages.free(live[at].first, live[at].second.size());
            live[at] = live.back();
            live.pop_back();
        } else {
            const size_t size = random() % 50 == 0 ? random() % 400'000 : random() % (random() % 3 ? 100 : 5000);
            std::string bytes(size, static_cast<char>(random()));
            const StateRef ref = pages.allocate(size);
            ASSERT_EQ(ref % 16, 0u);
            std::memcpy(pages.write(ref), bytes.data(), size);
            live.emplace_back(ref, bytes);
        }
    }
    for (auto& [ref, bytes] : live) {
        ASSERT_EQ(std::string(pages.read(ref), bytes.size()), bytes);
        pages.free(ref, bytes.size());
    }
    EXPECT_EQ(pages.bytes_in_use(), 0);
}

TEST(PageStore, SmallStoresAreSmall) {
    PageStore pages;
    pages.allocate(100);
    EXPECT_LE(pages.bytes_held(), 4096);
}

TEST(HashTable, EqualsAMapThroughInsertsAndErases) {
    PageStore pages;
    HashTable table(pages, 24);
    std::map<std::string, StateRef> known;
    std::mt19937_64 random(9);
    for (int round = 0; round < 400; ++round) {
        std::vector<std::string> texts;
        for (int i = 0; i < 70; ++i) texts.push_back("key" + std::to_string(random() % 3000));
        std::vector<std::string_view> keys(texts.begin(), texts.end());
        std::vector<StateRef> refs(keys.size());
        std::vector<uint8_t> fresh(keys.size());
        table.find_or_insert(keys.data(), static_cast<int64_t>(keys.size()), refs.data(), fresh.data());
        for (size_t i = 0; i < keys.size(); ++i) {
            auto [at, is_new] = known.emplace(texts[i], refs[i]);
            ASSERT_EQ(at->second, refs[i]);
            ASSERT_EQ(fresh[i] != 0, is_new);
            ASSERT_EQ(table.key(refs[i]), texts[i]);
        }
        for (int i = 0; i < 50 && !known.empty(); ++i) {
            auto at = known.lower_bound("key" + std::to_string(random() % 3000));
            if (at == known.end()) at = known.begin();
            table.erase(at->second);
            known.erase(at);
        }
        ASSERT_EQ(table.size(), static_cast<int64_t>(known.size()));
    }
    for (auto& [key, ref] : known) table.erase(ref);
    EXPECT_EQ(pages.bytes_in_use(), 0);
}

TEST(AggregateMemory, SetsAndBytes) {
    PageStore pages;
    StateSet set;
    StateBytes bytes;
    std::set<std::string> known;
    std::mt19937_64 random(2);
    for (int i = 0; i < 5000; ++i) {
        const std::string value(random() % 6, static_cast<char>('a' + random() % 20));
        EXPECT_EQ(set_insert(&pages, &set, value), known.insert(value).second);
        set_bytes(&pages, &bytes, value);
        EXPECT_EQ(get_bytes(&pages, bytes), value);
    }
    EXPECT_EQ(set.size, known.size());
    std::set<std::string> seen;
    set_for_each(&pages, set, [&](std::string_view v) { EXPECT_TRUE(seen.emplace(v).second); });
    EXPECT_EQ(seen, known);
    set_bytes(&pages, &bytes, "part of itself");
    set_bytes(&pages, &bytes, get_bytes(&pages, bytes).substr(5, 2));
    EXPECT_EQ(get_bytes(&pages, bytes), "of");
    free_set(&pages, &set);
    free_bytes(&pages, &bytes);
    EXPECT_EQ(pages.bytes_in_use(), 0);
}

}  // namespace
}  // namespace streamql
