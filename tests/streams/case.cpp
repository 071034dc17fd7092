#include "tests/streams/case.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace streamql::testing {

namespace {

std::string query(const Case& c, bool stream) {
    std::string outer, inner;
    for (size_t i = 0; i < c.items.size(); ++i) {
        outer += fmt::format("{}CAST(q.c{} AS TEXT) AS c{}", i ? ", " : "", i, i);
        inner += fmt::format("{}{} AS c{}", i ? ",\n  " : "", stream ? c.items[i].stream : c.items[i].postgres, i);
    }
    return fmt::format("SELECT {} FROM (SELECT {}\n{}) q", outer, inner, stream ? c.stream_from : c.postgres_from);
}

}  // namespace

std::string Case::stream_query() const { return query(*this, true); }
std::string Case::postgres_query() const { return query(*this, false); }

std::string to_json(const Case& c) {
    nlohmann::json j;
    j["seed"] = c.seed;
    j["form"] = c.form;
    j["stream_from"] = c.stream_from;
    j["postgres_from"] = c.postgres_from;
    for (auto& i : c.items) j["items"].push_back({i.stream, i.postgres});
    for (auto& t : c.tables) {
        nlohmann::json jt;
        jt["name"] = t.name;
        jt["delay"] = t.delay;
        jt["late"] = t.late;
        jt["partitions"] = t.partitions;
        for (auto& col : t.columns) jt["columns"].push_back({col.name, col.type});
        jt["rows"] = nlohmann::json::array();
        for (auto& r : t.rows) {
            nlohmann::json jr = {r.partition};
            for (auto& v : r.values) jr.push_back(v ? nlohmann::json(*v) : nlohmann::json());
            jt["rows"].push_back(jr);
        }
        j["tables"].push_back(jt);
    }
    return j.dump(1);
}

Case case_from_json(const std::string& text) {
    const auto j = nlohmann::json::parse(text);
    Case c;
    c.seed = j.at("seed");
    c.form = j.at("form");
    c.stream_from = j.at("stream_from");
    c.postgres_from = j.at("postgres_from");
    for (auto& i : j.at("items")) c.items.push_back({i[0], i[1]});
    for (auto& jt : j.at("tables")) {
        CaseTable t;
        t.name = jt.at("name");
        t.delay = jt.at("delay");
        t.late = jt.value("late", false);
        t.partitions = jt.at("partitions");
        for (auto& col : jt.at("columns")) t.columns.push_back({col[0], col[1]});
        for (auto& jr : jt.at("rows")) {
            CaseRow r;
            r.partition = jr[0];
            for (size_t i = 1; i < jr.size(); ++i)
                r.values.push_back(jr[i].is_null() ? std::nullopt : std::optional(jr[i].get<std::string>()));
            t.rows.push_back(std::move(r));
        }
        c.tables.push_back(std::move(t));
    }
    return c;
}

}  // namespace streamql::testing
