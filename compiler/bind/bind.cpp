#include "compiler/bind/bind.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/plan/name_operators.h"
#include "runtime/connectors/connector.h"
#include "runtime/time/timezone.h"

namespace streamql {

namespace {

/// Options of sources and sinks that a job may set for all of them.
constexpr const char* kSourceSettings[] = {"on_error", "max_error_rate"};

}  // namespace

const std::vector<OptionSpec>& job_option_specs() {
    using enum OptionType;
    static const std::vector<OptionSpec> specs = [] {
        std::vector<OptionSpec> s = {
            {.name = "job",
             .least = "1",
             .most = "200",
             .doc = "name of the job: consumer group, dead-letter file (default: the script's file name)"},
            {.name = "parallelism",
             .type = kInteger,
             .least = "1",
             .most = "128",
             .doc = "worker threads (default: the cores)"},
            {.name = "batch_rows",
             .type = kInteger,
             .default_value = "1024",
             .least = "1",
             .most = "65536",
             .doc = "rows that a source hands over at once"},
            {.name = "checkpoint_interval",
             .type = kDuration,
             .default_value = "1s",
             .least = "1ms",
             .most = "1 hour",
             .doc = "time between two epochs; sinks commit at each"},
            {.name = "timezone", .default_value = "UTC", .doc = "zone of TIMESTAMPTZ text, date_trunc and to_char"},
            {.name = "state_dir",
             .least = "1",
             .doc = "folder of positions, state and dead letters (default: streamql-state beside the first script)"},
            {.name = "until_idle",
             .type = kDuration,
             .least = "1ms",
             .doc = "end, closing windows, once all sources were silent that long"},
        };
        for (const char* key : kSourceSettings)
            for (OptionSpec o : common_source_options())
                if (o.name == key) {
                    o.default_value.reset();
                    o.doc = "for sources and sinks that do not say so themselves: " + o.doc;
                    s.push_back(std::move(o));
                }
        return s;
    }();
    return specs;
}

Options check_settings(const std::map<std::string, std::string>& given, std::string_view what,
                       std::vector<OptionProblem>& problems) {
    Options checked = check_options(job_option_specs(), given, true, what, problems);
    const std::string job = checked.text("job");
    if (job == "." || job == ".." || job.find('/') != std::string::npos || job.find('\0') != std::string::npos)
        problems.push_back({"job", fmt::format("a job's name is no path, and '{}' is one", job),
                            "its files lie in the folder that state_dir names"});
    if (checked.has("timezone") && !find_timezone(checked.text("timezone")))
        problems.push_back({"timezone", fmt::format("there is no time zone '{}'", checked.text("timezone")),
                            "write a name such as 'Europe/Berlin' or an offset such as '+02'"});
    return checked;
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
    check_late_columns();
    check_places();
    finish_inserts();
    check_size();
    if (pending_.empty() && !diags_.has_errors())
        diags_.error("nothing-to-run", script.statements.empty() ? Span{} : script.statements.back().span,
                     "the script has no query: it needs an INSERT INTO or a SELECT");
    if (diags_.has_errors()) return std::nullopt;
    plan::name_operators(out_.job, roots_);
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
    job_options_ = check_settings(given, "SET", problems);
    for (auto& p : problems) {
        const bool here = settings_.count(p.key) && !options_.settings.count(p.key);
        diags_.error("bad-setting", here ? settings_[p.key].second : Span{}, p.message).with_help(p.help);
    }
    JobOptions& job = out_.job.options;
    job.job = job_options_.has("job") ? job_options_.text("job") : options_.job_name;
    if (!problems.empty()) return;
    job.batch_rows = job_options_.integer("batch_rows");
    job.checkpoint_interval = job_options_.duration("checkpoint_interval");
    job.timezone = job_options_.text("timezone");
    job.state_dir = job_options_.text("state_dir");
    job.parallelism = job_options_.has("parallelism") ? static_cast<int>(job_options_.integer("parallelism")) : 0;
    if (job_options_.has("until_idle")) job.until_idle = job_options_.duration("until_idle");
    zone_ = find_timezone(job.timezone);
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
    plan::Insert insert;
    insert.name = owner_ = anonymous_++ ? fmt::format("select_{}", anonymous_) : "select";
    auto query = bind_query(*select.query);
    if (!query || diags_.error_count() != before) return;
    SinkSpec sink;
    sink.name = insert.name;
    sink.insert = insert.name;
    std::vector<OptionProblem> problems;
    const Connector* console = find_connector([](const Connector& c) { return c.shows_selects; });
    sink.connector = console->name;
    sink.options = check_options(console->options, {}, false, console->name, problems);
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
                .error("sink-shared", place,
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

// Nodes are shared, so a plan is small where its text is; but expressions are written out in the code of each operator.
void Binder::check_size() {
    constexpr int64_t kMost = 20 * plan::kMaxWeight;
    std::set<const plan::Node*> seen;
    int64_t weight = 0;
    const std::function<void(const plan::NodePtr&)> visit = [&](const plan::NodePtr& n) {
        if (!seen.insert(n.get()).second) return;
        for (auto& i : n->inputs) visit(i);
        plan::for_each_expression(*n, [&](const plan::ExprPtr& e) { weight += e->weight; });
    };
    for (auto& i : out_.job.inserts) {
        visit(i.query);
        if (weight > kMost) {
            diags_
                .error("too-large", i.query->span,
                       fmt::format("up to here the script's queries have more than {} expressions", kMost))
                .with_help("run them as several jobs");
            return;
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
