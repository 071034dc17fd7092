// Names of operators: what a query more, and what an optimizer pass less, may not change.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "compiler/compile.h"
#include "compiler/diagnostics/render.h"
#include "compiler/optimize/optimize.h"

namespace streamql::testing {
namespace {

const std::string kTables = R"(
CREATE STREAM clicks (click_id STRING NOT NULL, user_id BIGINT, campaign STRING, click_time TIMESTAMP,
  WATERMARK FOR click_time AS click_time) WITH (connector = 'file', path = 'clicks.jsonl');
CREATE STREAM orders (order_id STRING NOT NULL, user_id BIGINT, price DECIMAL(12,2), order_time TIMESTAMP,
  WATERMARK FOR order_time AS order_time) WITH (connector = 'file', path = 'orders.jsonl');
CREATE SINK a WITH (connector = 'blackhole');
CREATE SINK b WITH (connector = 'blackhole');
CREATE SINK late (user_id BIGINT, late_by INTERVAL) WITH (connector = 'blackhole');
CREATE VIEW once AS SELECT * FROM clicks DEDUPLICATE BY (click_id) WITHIN 10 MINUTES;
CREATE VIEW touched AS SELECT o.user_id, o.price, c.campaign, o.order_time FROM orders o
  JOIN once c WITHIN (30 MINUTES BEFORE, 0 MINUTES AFTER) ON o.user_id = c.user_id AND c.campaign <> o.order_id;
)";
const std::string kFirst = R"(
INSERT INTO a SELECT campaign, COUNT(*), SUM(price) FROM touched WHERE user_id + 0 > 1 + 1
  WINDOW TUMBLING (SIZE 5 MINUTES) GROUP BY campaign;
)";
const std::string kSecond = R"(
INSERT INTO b WITH early AS (SELECT * FROM clicks DEDUPLICATE BY (click_id) WITHIN 10 MINUTES)
  SELECT campaign, COUNT(*) FROM (SELECT campaign FROM early UNION ALL SELECT click_id FROM once) x
  WINDOW HOPPING (SIZE 5 MINUTES, ADVANCE BY 1 MINUTE) GROUP BY campaign;
)";

const std::string kThird = R"(
INSERT INTO b SELECT campaign, MIN(price) FROM touched WINDOW TUMBLING (SIZE 5 MINUTES) GROUP BY campaign;
)";

/// Name and layout of every operator, and that names are unique in the program.
std::map<std::string, std::string> operators(const std::string& script, std::set<std::string> disabled = {}) {
    SourceText source("names.sql", script);
    CompileOptions options;
    options.jit.tier = jit::Tier::kInterpret;
    options.disabled_passes = std::move(disabled);
    CompileResult compiled = compile(source, options);
    EXPECT_TRUE(compiled.program) << render(compiled.diagnostics, source);
    std::map<std::string, std::string> found;
    std::set<std::string> names;
    if (!compiled.program) return found;
    for (auto& node : compiled.program->nodes) {
        EXPECT_TRUE(names.insert(node.name).second) << node.name << " is not unique";
        const bool is_operator = node.stateful || std::holds_alternative<UnionNode>(node.kind) ||
                                 std::holds_alternative<LateSplitNode>(node.kind);
        if (!is_operator) continue;
        EXPECT_EQ(node.stateful, !node.layout.empty()) << node.name;
        std::string& layout = found[node.name];
        for (auto& [part, value] : node.layout) layout += part + ": " + value + "\n";
    }
    return found;
}

TEST(Names, SayWhatAnOperatorIsAndWhereItIsWritten) {
    auto found = operators(kTables + kFirst);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found.at("deduplicate(clicks) by click_id in once"),
              "key: click_id STRING\nwithin: 10 minutes\norder: arrival\ninput: clicks watermark 0\n");
    EXPECT_EQ(found.at("window(touched) by campaign in a"),
              "window: tumbling size 5 minutes\nkey: campaign STRING\naggregates: count(*), sum(price DECIMAL(12,2))\n"
              "input: filter (user_id + 0) > 2\n");
    EXPECT_EQ(found.at("join(orders,once) on user_id in touched"),
              "kind: inner\nleft key: user_id BIGINT\nright key: user_id BIGINT\nwithin: 30 minutes before, 0 after\n"
              "grace: 0\ncondition: campaign <> order_id\n"
              "left columns: order_id STRING, user_id BIGINT, price DECIMAL(12,2)\n"
              "right columns: user_id BIGINT, campaign STRING\ninput: orders watermark 0\n");
}

TEST(Names, AnInsertMoreRenamesNothing) {
    const auto before = operators(kTables + kFirst);
    for (auto& script : {kFirst + kSecond, kThird + kFirst}) {
        auto after = operators(kTables + script);
        EXPECT_GT(after.size(), before.size());
        for (auto& [name, layout] : before) {
            ASSERT_TRUE(after.count(name)) << name;
            EXPECT_EQ(after.at(name), layout) << name;
        }
    }
}

TEST(Names, APassLessRenamesNothing) {
    const auto all = operators(kTables + kFirst + kSecond);
    for (auto& pass : optimize::passes()) {
        auto without = operators(kTables + kFirst + kSecond, {pass.name});
        for (auto& [name, layout] : all) EXPECT_TRUE(without.count(name)) << name << " without " << pass.name;
    }
}

// Which layout changes tells what changed in the query.
TEST(Names, AChangedQueryKeepsItsNamesAndSaysWhatChanged) {
    std::string changed = kFirst;
    changed.replace(changed.find("SIZE 5"), 6, "SIZE 6");
    const auto before = operators(kTables + kFirst), after = operators(kTables + changed);
    const std::string window = "window(touched) by campaign in a";
    ASSERT_TRUE(after.count(window));
    EXPECT_NE(after.at(window), before.at(window));
    EXPECT_EQ(after.at("join(orders,once) on user_id in touched"),
              before.at("join(orders,once) on user_id in touched"));
}

// Nodes are shared: a view that uses the last one twice adds a node, and does not double the plan.
TEST(Names, ThirtyViewsThatUseTheLastOneTwiceAreThirtyOperators) {
    std::string unions = kTables + "CREATE VIEW u0 AS SELECT click_id FROM once;", joins = kTables, sums = kTables;
    joins += "CREATE VIEW j0 AS SELECT user_id, click_time FROM clicks;";
    sums += "CREATE VIEW s0 AS SELECT user_id AS x FROM clicks;";
    for (int i = 1; i <= 30; ++i) {
        unions +=
            fmt::format("CREATE VIEW u{0} AS SELECT click_id FROM u{1} UNION ALL SELECT click_id FROM u{1};", i, i - 1);
        joins += fmt::format(
            "CREATE VIEW j{0} AS SELECT a.user_id, a.click_time FROM j{1} a JOIN j{1} b "
            "WITHIN (1 MINUTE BEFORE, 0 MINUTES AFTER) ON a.user_id = b.user_id;",
            i, i - 1);
        sums += fmt::format("CREATE VIEW s{0} AS SELECT x + x AS x FROM s{1} WHERE x <> {0};", i, i - 1);
    }
    EXPECT_EQ(operators(unions + "INSERT INTO a SELECT * FROM u30 WHERE click_id <> 'x' EMIT CHANGES;").size(), 31u);
    EXPECT_EQ(operators(joins + "INSERT INTO a SELECT * FROM j30 WHERE user_id > 1 EMIT CHANGES;").size(), 30u);
    EXPECT_EQ(operators(sums + "INSERT INTO a SELECT * FROM s30 WHERE x > 1;").size(), 0u);
}

// LATE DATA TO puts splits below the operators of a view, for this INSERT alone.
TEST(Names, OfSplitsAreUniqueAndStay) {
    const std::string diverted = "INSERT INTO b SELECT * FROM touched LATE DATA TO late;";
    const auto before = operators(kTables + diverted), after = operators(kTables + kFirst + diverted);
    EXPECT_GT(before.size(), 2u);
    for (auto& [name, layout] : before) EXPECT_TRUE(after.count(name)) << name;
}

}  // namespace
}  // namespace streamql::testing
