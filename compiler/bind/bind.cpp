#include "compiler/bind/bind.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/connectors/connector.h"
#include "runtime/time/timezone.h"

namespace streamql {

const std::vector<OptionSpec>& job_option_specs() {
    static const std::vector<OptionSpec> specs = [] {
        std::vector<OptionSpec> s;
        auto add = [&](const char* name, OptionType type, std::optional<std::string> value, const char* doc) {
            OptionSpec o;
            o.name = name;
            o.type = type;
            o.default_value = std::move(value);
            o.doc = doc;
            s.push_back(std::move(o));
        };
        add("job", OptionType::kString, std::nullopt,
            "name of the job: consumer group, dead-letter file (default: the script's file name)");
        add("parallelism", OptionType::kInteger, std::nullopt, "worker threads (default: the cores)");
        add("batch_rows", OptionType::kInteger, "1024", "rows that a source hands over at once");
        add("checkpoint_interval", OptionType::kDuration, "1s", "time between two epochs; sinks commit at each");
        add("timezone", OptionType::kString, "UTC", "zone of TIMESTAMPTZ text, date_trunc and to_char");
        add("state_dir", OptionType::kString, std::nullopt,
            "folder of positions, state and dead letters (default: streamql-state beside the first script)");
        add("on_error", OptionType::kChoice, std::nullopt,
            "dead_letter, skip or fail: for sources and sinks that do not say so themselves");
        s.back().choices = {"dead_letter", "skip", "fail"};
        add("max_error_rate", OptionType::kDouble, std::nullopt,
            "share of bad records in 1,000 that stops the job, for sources and sinks that do not say so themselves");
        add("until_idle", OptionType::kDuration, std::nullopt,
            "end, closing windows, once all sources were silent that long");
        return s;
    }();
    return specs;
}

std::optional<BoundScript> bind(const ast::Script& script, const BindOptions& options, Diagnostics& diagnostics) {
    return bind_detail::Binder(options, diagnostics).run(script);
}

namespace bind_detail {

std::optional<BoundScript> Binder::run(const ast::Script& script) {
    after_errors_ = diags_.has_errors();
    for (auto& s : script.statements)
        if (auto* set = std::get_if<ast::Set>(&s.node)) bind_set(*set);
    apply_settings();
    for (auto& s : script.statements) declare(s);
    for (auto& s : script.statements) {
        std::visit(overloaded{[](const ast::Set&) {}, [](const ast::CreateRelation&) {}, [](const ast::CreateView&) {},
                              [](const ast::CreateFunction&) {}, [&](const ast::Insert& i) { bind_insert(i, s.span); },
                              [&](const ast::SelectStatement& q) { bind_select_statement(q, s.span); },
                              [&](const ast::Explain& e) {
                                  out_.explain = true;
                                  out_.analyze = e.analyze;
                                  if (auto* i = std::get_if<ast::Insert>(&e.statement->node))
                                      bind_insert(*i, e.statement->span);
                                  if (auto* q = std::get_if<ast::SelectStatement>(&e.statement->node))
                                      bind_select_statement(*q, e.statement->span);
                              }},
                   s.node);
    }
    // what no query uses is checked all the same
    for (auto& [name, r] : relations_)
        if (!r.source && !r.source_failed && r.ast->role == ast::RelationRole::kStream) source_of(r, r.ast->name.span);
    for (auto& [name, v] : views_)
        if (!v.bound && !v.failed) bind_named(v.ast->name);
    bind_dead_letter_sinks();
    finish_inserts();
    if (pending_.empty() && !diags_.has_errors())
        diags_.error("nothing-to-run", script.statements.empty() ? Span{} : script.statements.back().span,
                     "the script has no query: it needs an INSERT INTO or a SELECT");
    if (diags_.has_errors()) return std::nullopt;
    return std::move(out_);
}

std::vector<std::string> Binder::relation_names() const {
    std::vector<std::string> names;
    for (auto& [n, r] : relations_) names.push_back(n);
    for (auto& [n, v] : views_) names.push_back(n);
    for (auto& scope : ctes_)
        for (auto& [n, r] : scope) names.push_back(n);
    return names;
}

Diagnostic& Binder::not_supported(Span span, const std::string& what) {
    return diags_.error("not-supported", span, what + " is not supported yet");
}

void Binder::bind_set(const ast::Set& set) {
    auto text = option_text(set.option.value);
    if (!text) return;
    std::vector<std::string> names;
    for (auto& s : job_option_specs()) names.push_back(s.name);
    if (std::find(names.begin(), names.end(), set.option.key) == names.end()) {
        diags_.error("unknown-setting", set.option.key_span, fmt::format("there is no setting \"{}\"", set.option.key))
            .with_help(did_you_mean(set.option.key, names));
        return;
    }
    settings_[set.option.key] = {*text, set.option.value.span};
}

void Binder::apply_settings() {
    std::map<std::string, std::string> given;
    for (auto& [k, v] : settings_) given[k] = v.first;
    for (auto& [k, v] : options_.settings) given[k] = v;
    std::vector<OptionProblem> problems;
    job_options_ = check_options(job_option_specs(), given, true, "SET", problems);
    for (auto& p : problems) {
        const Span span = settings_.count(p.key) && !options_.settings.count(p.key) ? settings_[p.key].second : Span{};
        diags_.error("bad-setting", span, p.message).with_help(p.help);
    }
    JobOptions& job = out_.job.options;
    job.job = job_options_.has("job") ? job_options_.text("job") : options_.job_name;
    if (problems.empty()) {
        job.batch_rows = job_options_.integer("batch_rows");
        job.checkpoint_interval = job_options_.duration("checkpoint_interval");
        job.timezone = job_options_.text("timezone");
        job.state_dir = job_options_.text("state_dir");
        job.parallelism = job_options_.has("parallelism") ? static_cast<int>(job_options_.integer("parallelism")) : 0;
        if (job_options_.has("until_idle")) job.until_idle = job_options_.duration("until_idle");
        auto positive = [&](const char* key, int64_t value) {
            if (job_options_.has(key) && value <= 0)
                diags_.error("bad-setting", settings_.count(key) ? settings_[key].second : Span{},
                             fmt::format("{} must be at least 1, not {}", key, value));
        };
        positive("parallelism", job.parallelism);
        positive("batch_rows", job.batch_rows);
        positive("checkpoint_interval", job.checkpoint_interval);
        zone_ = find_timezone(job.timezone);
        if (!zone_)
            diags_
                .error("bad-setting", settings_.count("timezone") ? settings_["timezone"].second : Span{},
                       fmt::format("there is no time zone '{}'", job.timezone))
                .with_help("write a name such as 'Europe/Berlin' or an offset such as '+02'");
    }
}

void Binder::declare(const ast::Statement& statement) {
    auto taken = [&](const ast::Name& name, bool if_not_exists) {
        const std::string n = name.to_string();
        if (!relations_.count(n) && !views_.count(n)) return false;
        if (!if_not_exists) diags_.error("duplicate-name", name.span, fmt::format("\"{}\" is declared twice", n));
        return true;
    };
    if (auto* c = std::get_if<ast::CreateRelation>(&statement.node)) {
        if (taken(c->name, c->if_not_exists)) return;
        relations_[c->name.to_string()].ast = c;
        for (auto& o : c->options)
            if (o.key == "connector" && o.value.text == "console") script_has_console_ = true;
    } else if (auto* v = std::get_if<ast::CreateView>(&statement.node)) {
        if (!taken(v->name, v->if_not_exists)) views_[v->name.to_string()].ast = v;
    } else if (auto* f = std::get_if<ast::CreateFunction>(&statement.node)) {
        const std::string n = f->name.to_string();
        if (macros_.count(n) && !f->if_not_exists)
            diags_.error("duplicate-name", f->name.span, fmt::format("function \"{}\" is declared twice", n));
        else
            macros_[n] = f;
    }
}

void Binder::bind_select_statement(const ast::SelectStatement& select, Span span) {
    const size_t before = diags_.error_count();
    auto query = bind_query(*select.query);
    if (!query || diags_.error_count() != before) return;
    plan::Insert insert;
    insert.name = anonymous_++ ? fmt::format("select_{}", anonymous_) : "select";
    SinkSpec sink;
    sink.name = insert.name;
    sink.connector = "console";
    sink.insert = insert.name;
    std::map<std::string, std::string> given;
    std::vector<OptionProblem> problems;
    if (auto* console = find_connector("console"))
        sink.options = check_options(console->options, given, false, "console", problems);
    for (auto& c : query->node->columns) sink.columns.push_back({c.name, c.type, c.not_null});
    out_.job.sinks.push_back(sink);
    pending_.push_back({insert.name, {query->node}, {insert.name}, static_cast<int>(out_.job.sinks.size()) - 1});
}

// A sink that takes dead letters is part of the job, though no INSERT feeds it.
void Binder::bind_dead_letter_sinks() {
    std::set<std::string> letters;  // sinks that take some; several sources may share one
    for (auto& [name, r] : relations_) {
        if (!r.source || !r.source->options.has("dead_letter")) continue;
        const std::string sink = r.source->options.text("dead_letter");
        Span place = r.ast->options_span;
        for (auto& o : r.ast->options)
            if (o.key == "dead_letter") place = o.value.span;
        auto it = relations_.find(sink);
        if (it == relations_.end()) {
            diags_.error("unknown-relation", place, fmt::format("there is no sink \"{}\"", sink))
                .with_help(did_you_mean(sink, relation_names()));
            continue;
        }
        if (letters.count(sink)) continue;
        if (known_sink(sink) >= 0) {
            diags_
                .error("sink-columns", place,
                       fmt::format("sink \"{}\" takes the rows of a query, so it cannot take dead letters too", sink))
                .with_help("dead letters have columns of their own: give them a sink of their own");
            continue;
        }
        letters.insert(sink);
        static const std::vector<std::pair<const char*, TypeKind>> columns = {
            {"source", TypeKind::kString},  {"partition", TypeKind::kBigint}, {"offset", TypeKind::kBigint},
            {"time", TypeKind::kTimestamp}, {"code", TypeKind::kString},      {"reason", TypeKind::kString},
            {"column", TypeKind::kString},  {"bytes", TypeKind::kString},     {"text", TypeKind::kString}};
        auto letter = std::make_shared<plan::Node>();
        for (auto& [column, type] : columns) letter->columns.push_back({column, type, false});
        const int index = sink_of(sink, it->second, letter, place);
        if (index < 0) continue;
        for (auto& c : out_.job.sinks[index].columns) {  // filled by name
            auto known = std::find_if(columns.begin(), columns.end(), [&](auto& x) { return c.name == x.first; });
            if (known != columns.end() && (c.type == Type(known->second) || c.type == Type(TypeKind::kString)))
                continue;
            if (c.name == "bytes" && c.type == Type(TypeKind::kBytes)) continue;  // as they are instead of base64
            diags_
                .error("sink-columns", place,
                       fmt::format("column \"{}\" of sink \"{}\" does not fit a dead letter", c.name, sink))
                .with_help(
                    "a dead letter has source STRING, partition BIGINT, offset BIGINT, time TIMESTAMP, code STRING, "
                    "reason STRING, column STRING, bytes STRING (base64) or BYTES, text STRING");
        }
    }
}

void Binder::finish_inserts() {
    for (auto& p : pending_) {
        plan::Insert insert;
        insert.sink = p.sink_index;
        insert.name = p.names.front();
        insert.query = p.queries.size() == 1 ? p.queries.front() : plan::make_node(plan::Union{}, p.queries);
        out_.job.inserts.push_back(std::move(insert));
    }
}

}  // namespace bind_detail
}  // namespace streamql
