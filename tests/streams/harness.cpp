#include "tests/streams/harness.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "compiler/diagnostics/render.h"
#include "runtime/engine/query.h"
#include "runtime/formats/decoder.h"
#include "runtime/time/timezone.h"
#include "tests/support/servers.h"
#include "tests/support/stopping_source.h"

namespace streamql::testing {

std::string Setting::to_string() const {
    const char* t = tier == jit::Tier::kO0       ? "O0"
                    : tier == jit::Tier::kO2     ? "O2"
                    : tier == jit::Tier::kTiered ? "tiered"
                                                 : "off";
    return fmt::format("jit={} batch_rows={} workers={}{}", t, batch_rows, workers,
                       stops ? fmt::format(" stops={}", stops) : "");
}

std::vector<Setting> all_settings(bool with_interpreter, uint64_t seed) {
    std::vector<Setting> all;
    std::vector<jit::Tier> tiers = {jit::Tier::kO0, jit::Tier::kO2};
    if (with_interpreter) tiers.push_back(jit::Tier::kInterpret);
    for (auto tier : tiers)
        for (int64_t batch : {1, 7, 1024})
            for (int workers : {1, 3}) all.push_back({tier, batch, workers});
    for (int64_t batch : {7, 1024}) all.push_back({jit::Tier::kO0, batch, static_cast<int>(seed % 4 + 1), seed + 1});
    return all;
}

namespace {

void check(pg_conn* c, PGresult* r, const std::string& sql) {
    const auto status = PQresultStatus(r);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    std::string message = PQerrorMessage(c);
    PQclear(r);
    throw std::runtime_error(message + "in: " + sql.substr(0, 2000));
}

std::string json_value(const CaseColumn& column, const std::string& value) {
    const bool bare = column.type == "BOOLEAN" || column.type == "INTEGER" || column.type == "BIGINT" ||
                      column.type.starts_with("NUMERIC") || column.type == "DOUBLE PRECISION";
    return bare ? value : nlohmann::json(value).dump();
}

}  // namespace

Harness::Harness() {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("streamql-streams-{}", getpid());
    std::filesystem::create_directories(folder_);
    connection_ = PQconnectdb(postgres_url().c_str());
    if (PQstatus(connection_) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_));
    PGresult* r = PQexec(connection_, "SET client_min_messages = warning; SET timezone = 'UTC'");
    check(connection_, r, "SET");
    PQclear(r);
}

Harness::~Harness() {
    if (connection_) PQfinish(connection_);
    std::filesystem::remove_all(folder_);
}

Answer Harness::postgres(const Case& c) {
    std::string sql;
    for (auto& t : c.tables) {
        sql += fmt::format("DROP TABLE IF EXISTS {0}; CREATE TEMP TABLE {0} (", t.name);
        for (auto& col : t.columns)
            sql += fmt::format("{} {}, ", col.name, col.type == "TEXT" ? "TEXT COLLATE \"C.utf8\"" : col.type);
        sql += "_part INTEGER, _off BIGINT, _wm TIMESTAMP);\n";
        if (t.rows.empty()) continue;
        sql += fmt::format("INSERT INTO {} VALUES ", t.name);
        std::vector<int64_t> offsets(t.partitions, 0);
        std::vector<std::string> latest(t.partitions);  // of one form, so their order is that of the times
        bool first = true;
        for (auto& r : t.rows) {
            sql += first ? "(" : ", (";
            first = false;
            for (auto& v : r.values) {
                if (!v) {
                    sql += "NULL, ";
                    continue;
                }
                char* quoted = PQescapeLiteral(connection_, v->data(), v->size());
                sql += std::string(quoted) + ", ";
                PQfreemem(quoted);
            }
            std::string& last = latest[r.partition];
            const std::string watermark =
                last.empty() ? "NULL"
                             : fmt::format("TIMESTAMP '{}' - INTERVAL '{} seconds'", last, t.delay / 1'000'000);
            sql += fmt::format("{}, {}, {})", r.partition, offsets[r.partition]++, watermark);
            last = std::max(last, *r.values.back());
        }
        sql += ";\n";
    }
    PGresult* r = PQexec(connection_, sql.c_str());
    check(connection_, r, sql);
    PQclear(r);
    const std::string query = c.postgres_query();
    r = PQexec(connection_, query.c_str());
    check(connection_, r, query);
    Answer answer;
    for (int row = 0; row < PQntuples(r); ++row) {
        std::string line;
        for (int col = 0; col < PQnfields(r); ++col)
            line += (col ? "\x01" : "") +
                    (PQgetisnull(r, row, col) ? std::string("\x02") : std::string(PQgetvalue(r, row, col)));
        answer.push_back(std::move(line));
    }
    PQclear(r);
    std::sort(answer.begin(), answer.end());
    return answer;
}

void Harness::write_tables(const Case& c) {
    for (auto& t : c.tables) {
        std::filesystem::remove_all(folder_ / t.name);
        std::filesystem::create_directories(folder_ / t.name);
        std::vector<std::string> files(t.partitions);
        for (auto& r : t.rows) {
            std::string line;
            for (size_t i = 0; i < r.values.size(); ++i)
                line += fmt::format("{}\"{}\":{}", i ? "," : "{", t.columns[i].name,
                                    r.values[i] ? json_value(t.columns[i], *r.values[i]) : "null");
            files[r.partition] += line + "}\n";
        }
        for (int p = 0; p < t.partitions; ++p) std::ofstream(folder_ / t.name / fmt::format("{}.jsonl", p)) << files[p];
    }
}

CompileResult Harness::compile_case(const Case& c, jit::Tier tier) {
    std::string script;
    for (auto& t : c.tables) {
        script += fmt::format("CREATE STREAM {} (", t.name);
        for (auto& col : t.columns) script += fmt::format("{} {}, ", col.name, col.type);
        script += fmt::format(
            "WATERMARK FOR ts AS ts - INTERVAL '{} seconds') WITH (connector = 'file', path = '{}/*.jsonl', format = "
            "'json', on_error = 'fail');\n",
            t.delay / 1'000'000, (folder_ / t.name).string());
    }
    script +=
        fmt::format("CREATE SINK out WITH (connector = 'file', path = '{}', format = 'json');\nINSERT INTO out {};\n",
                    (folder_ / "out.jsonl").string(), c.stream_query());
    CompileOptions options;
    options.jit.tier = tier;
    SourceText source("case.sql", script);
    CompileResult result = compile(source, options);
    if (result.diagnostics.has_errors()) throw std::runtime_error(render(result.diagnostics, source));
    return result;
}

std::string Harness::run_once(CompileResult& compiled, int workers, int64_t rows, bool late) {
    Program& program = *compiled.program;
    program.job.parallelism = workers;
    StoppingSource stopping(rows);
    QueryEnvironment environment;
    environment.find_connector = [&](std::string_view name) { return stopping.wrap(find_connector(name)); };
    environment.stop_requested = &stopping.reached();
    environment.make_decoder = [](const SourceSpec& source) { return make_decoder(source); };
    environment.timezone = find_timezone("UTC");
    auto query = Query::create(program, std::move(environment));
    if (!query) return query.error().message;
    auto report = (*query)->run();
    if (!report) return report.error().message;
    if (!report->balanced()) return "the ledger does not add up:\n" + report->to_text();
    if (report->stopped != (rows >= 0)) return "it did not stop where it should:\n" + report->to_text();
    stops_ += report->stopped;
    for (auto& l : report->lines) late_rows_ += l.late;
    for (auto& l : report->lines)
        if ((l.late && !late) || l.late_after_idle || l.dead_letter) return "rows were lost:\n" + report->to_text();
    return "";
}

std::string Harness::run(const Case& c, CompileResult& compiled, const Setting& setting, Answer& out) {
    JobOptions& job = compiled.program->job;
    job.batch_rows = setting.batch_rows;
    job.state_dir = (folder_ / "state").string();
    job.keep_state = setting.stops != 0;
    std::filesystem::remove_all(folder_ / "state");
    std::filesystem::remove(folder_ / "out.jsonl");
    int workers = setting.workers;
    std::mt19937_64 random(setting.stops);
    const bool late = std::any_of(c.tables.begin(), c.tables.end(), [](auto& t) { return t.late; });
    int64_t left = 0;
    for (auto& t : c.tables) left += static_cast<int64_t>(t.rows.size());
    for (int stop = 0; setting.stops && stop < 3 && left > 1; ++stop) {
        const int64_t rows = static_cast<int64_t>(random() % static_cast<uint64_t>(left));
        if (std::string problem = run_once(compiled, workers, rows, late); !problem.empty()) return problem;
        left -= rows;
        workers = static_cast<int>(random() % 4) + 1;
    }
    if (std::string problem = run_once(compiled, workers, -1, late); !problem.empty()) return problem;
    out.clear();
    std::ifstream file(folder_ / "out.jsonl");
    for (std::string line; std::getline(file, line);) {
        const auto j = nlohmann::json::parse(line);
        std::string row;
        for (size_t i = 0; i < c.items.size(); ++i) {
            const auto& v = j.at("c" + std::to_string(i));
            row += (i ? "\x01" : "") + (v.is_null() ? std::string("\x02") : v.get<std::string>());
        }
        out.push_back(std::move(row));
    }
    std::sort(out.begin(), out.end());
    return "";
}

namespace {

std::string difference(const Answer& expected, const Answer& got) {
    Answer missing, extra;
    std::set_difference(expected.begin(), expected.end(), got.begin(), got.end(), std::back_inserter(missing));
    std::set_difference(got.begin(), got.end(), expected.begin(), expected.end(), std::back_inserter(extra));
    auto show = [](const Answer& rows) {
        std::string s;
        for (size_t i = 0; i < rows.size() && i < 5; ++i) {
            std::string r = rows[i];
            for (char& ch : r) ch = ch == '\x01' ? '|' : ch == '\x02' ? '~' : ch;
            s += "    " + r + "\n";
        }
        return s;
    };
    return fmt::format("  expected {} rows, got {}\n  missing {}:\n{}  extra {}:\n{}", expected.size(), got.size(),
                       missing.size(), show(missing), extra.size(), show(extra));
}

}  // namespace

std::string Harness::compare(const Case& c, const Answer& expected, const std::vector<Setting>& settings) {
    try {
        write_tables(c);
        for (auto tier : {jit::Tier::kInterpret, jit::Tier::kO0, jit::Tier::kO2, jit::Tier::kTiered}) {
            if (std::none_of(settings.begin(), settings.end(), [&](auto& s) { return s.tier == tier; })) continue;
            CompileResult compiled = compile_case(c, tier);
            for (auto& s : settings) {
                if (s.tier != tier) continue;
                Answer got;
                std::string problem = run(c, compiled, s, got);
                if (!problem.empty()) return fmt::format("{}: {}", s.to_string(), problem);
                if (got != expected) return fmt::format("{}:\n{}", s.to_string(), difference(expected, got));
            }
        }
    } catch (const std::exception& e) {
        return e.what();
    }
    return "";
}

std::string Harness::minimise(Case c, const std::vector<Setting>& settings) {
    auto fails = [&](const Case& x) {
        try {
            return !compare(x, postgres(x), settings).empty();
        } catch (const std::exception&) {
            return false;
        }
    };
    for (size_t i = c.items.size(); i-- > 0 && c.items.size() > 1;) {
        Case smaller = c;
        smaller.items.erase(smaller.items.begin() + static_cast<long>(i));
        if (fails(smaller)) c = smaller;
    }
    for (size_t t = 0; t < c.tables.size(); ++t)
        for (size_t chunk = std::max<size_t>(c.tables[t].rows.size() / 2, 1); chunk >= 1; chunk /= 2) {
            for (size_t at = 0; at < c.tables[t].rows.size();) {
                Case smaller = c;
                auto& rows = smaller.tables[t].rows;
                rows.erase(rows.begin() + static_cast<long>(at),
                           rows.begin() + static_cast<long>(std::min(at + chunk, rows.size())));
                if (fails(smaller))
                    c = smaller;
                else
                    at += chunk;
            }
            if (chunk == 1) break;
        }
    std::filesystem::create_directories("build/failing");
    const std::string path = fmt::format("build/failing/seed_{}.json", c.seed);
    std::ofstream(path) << to_json(c) << "\n";
    return path;
}

}  // namespace streamql::testing
