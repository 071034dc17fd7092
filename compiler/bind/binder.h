// The binder's state and its parts, one file a subject: declarations, relations, joins, selects, windows, expressions,
// calls.
//
// Private to compiler/bind. A function that fails reports a Diagnostic and gives an empty result; callers go on where
// they can, so that one run reports several errors. Ownership: the catalog views the AST. Threading: none.
#pragma once
#include <map>
#include <memory>
#include <set>

#include "compiler/bind/bind.h"
#include "compiler/bind/scope.h"
#include "compiler/functions/registry.h"

namespace streamql {
class TimeZone;
}

namespace streamql::bind_detail {

struct DeclaredRelation {
    const ast::CreateRelation* ast = nullptr;
    std::shared_ptr<const plan::TableDefinition> source;  ///< made at first use as a source
    bool source_failed = false;
};
struct DeclaredView {
    const ast::CreateView* ast = nullptr;
    std::optional<BoundRelation> bound;  ///< once bound it is shared
    bool failed = false;
    bool binding = false;  ///< its query is being bound right now
};
/// What several INSERTs give to one sink, before they are united.
/// What the rows diverted to one sink of late rows bring.
struct LateUse {
    Span span;                    ///< of the sink's name in LATE DATA TO
    std::set<std::string> given;  ///< names of columns that some of them have
};
struct PendingInsert {
    std::string sink;
    std::vector<plan::NodePtr> queries;
    std::vector<std::string> names;
    int sink_index = -1;
};

/// Where an expression stands: what its names mean and what may occur in it.
struct ExprContext {
    const std::vector<ScopeColumn>* columns = nullptr;
    const plan::Node* node = nullptr;      ///< gives the columns' types
    AggregateScope* aggregates = nullptr;  ///< null: aggregates may not occur
    bool inside_aggregate = false;
    const std::map<std::string, Bound>* parameters = nullptr;  ///< of the macro being expanded
    bool before_window = false;                                ///< WHERE of a SELECT whose WINDOW comes after it
    const char* clause = "an expression";                      ///< for messages: "WHERE", "CHECK" ...
};

using CteScope = std::map<std::string, std::optional<BoundRelation>>;

class Binder {
  public:
    Binder(const BindOptions& options, Diagnostics& diagnostics) : options_(options), diags_(diagnostics) {}
    std::optional<BoundScript> run(const ast::Script& script);

  private:
    // bind.cpp: statements
    void declare(const ast::Statement& statement);
    void bind_set(const ast::Set& set);
    void apply_settings();
    void bind_insert(const ast::Insert& insert, Span span);
    void bind_select_statement(const ast::SelectStatement& select, Span span);
    void bind_dead_letter_sinks();
    void finish_inserts();
    void check_size();

    // bind_table.cpp: CREATE STREAM / TABLE as sources
    std::shared_ptr<const plan::TableDefinition> source_of(DeclaredRelation& relation, Span use);
    void stand_in(const ast::CreateRelation& create, plan::TableDefinition& table);
    void bind_columns(const ast::CreateRelation& create, plan::TableDefinition& table);
    void bind_computed(const ast::CreateRelation& create, plan::TableDefinition& table);
    void bind_watermark(const ast::Watermark& watermark, plan::TableDefinition& table);
    std::optional<Type> bind_type(const ast::TypeName& type);
    std::optional<Type> bind_time_type(TypeKind kind, const ast::TypeName& type);
    std::optional<Type> bind_part_type(const ast::TypeName& type);
    /// Checked options of a WITH clause; `connector` is taken from it. False if there were errors.
    bool bind_options(const ast::CreateRelation& create, bool as_source, std::string& connector, Options& out);
    std::optional<std::string> option_text(const ast::OptionValue& value);

    // bind_sink.cpp: sinks and INSERT
    int sink_of(const std::string& name, DeclaredRelation& relation, const plan::NodePtr& query, Span use);
    bool sink_columns(const ast::CreateRelation& create, SinkSpec& sink, const plan::Node& query, Span use);
    /// The job's sink of this name, or -1.
    int known_sink(const std::string& name) const;
    bool fit_to_sink(SinkSpec& sink, const DeclaredRelation& relation, const std::vector<ast::Identifier>& columns,
                     plan::NodePtr& query, Span span);
    /// A value for a sink's column; of a NOT NULL column one that is proven or checked to be none.
    plan::ExprPtr not_null(const plan::ExprPtr& value, bool proven, const SinkSpec& sink, const ColumnSpec& column,
                           Span span);
    void check_places();
    void check_primary_key(const SinkSpec& sink, const plan::Node& query, Span span);

    // bind_late.cpp
    void check_late_columns();
    bool divert_late(const ast::Name& sink, plan::NodePtr& query);
    int bind_late_sink(const ast::Name& name, const plan::NodePtr& input);
    struct LateSplits;
    plan::NodePtr split_late(const plan::NodePtr& node, const ast::Name& sink, LateSplits& splits);
    plan::NodePtr late_split(const plan::NodePtr& input, const plan::LateSplit& what, const ast::Name& sink,
                             LateSplits& splits);

    // bind_relation.cpp, bind_join.cpp
    std::optional<BoundRelation> bind_relation(const ast::Relation& relation);
    std::optional<BoundRelation> bind_table_ref(const ast::TableRef& ref, const ast::Relation& relation);
    std::optional<BoundRelation> bind_named(const ast::Name& name);
    std::optional<BoundRelation> bind_window_table(const ast::WindowTable& table);
    bool bind_deduplicate(const ast::Deduplicate& dedup, BoundRelation& relation);
    std::optional<BoundRelation> bind_join(const ast::Join& join, Span span);
    struct JoinParts;
    static void equal_times(const plan::Call& equal, Span span, bool swapped, JoinParts& parts);
    bool analyse_condition(const std::vector<plan::ExprPtr>& conjuncts, JoinParts& parts);
    bool join_is_lowered(const ast::Join& join, Span span);
    bool bind_using(const ast::Join& join, const plan::Node& row, BoundRelation& out, int n,
                    std::vector<plan::ExprPtr>& conjuncts);
    bool join_time_range(const ast::Join& join, JoinParts& parts, Span span);

    // bind_select.cpp, bind_window.cpp
    std::optional<BoundRelation> bind_query(const ast::Query& query);
    std::optional<BoundRelation> bind_body(const ast::QueryBody& body);
    std::optional<BoundRelation> bind_union(const ast::SetOperation& op, Span span);
    std::optional<BoundRelation> bind_select(const ast::Select& select, Span span);
    std::optional<BoundRelation> bind_aggregation(const ast::Select& select, BoundRelation input, Span span);
    std::vector<plan::ExprPtr> group_keys(const ast::Select& select, const BoundRelation& input);
    std::optional<BoundRelation> bind_projection(const ast::Select& select, BoundRelation input);
    bool refuse_unlowered(const ast::Select& select);
    std::optional<WindowSpec> bind_window(const ast::TimeWindow& window, const BoundRelation& input);
    void materialise_window(BoundRelation& relation);
    bool check_emission(const ast::Query& query, const plan::NodePtr& node);
    bool check_width(size_t columns, Span span);

    // bind_literal.cpp
    static Bound bind_text(const std::string& text, Span span);
    Bound bind_literal_text(const std::string& text, const Type& type, Span span);
    Bound bind_number(const std::string& text, Span span);
    Bound bind_float(const std::string& text, Span span);
    /// A value as `to`, by PostgreSQL's casts of that kind; null with a message if there is none.
    enum class Coercion { kImplicit, kAssignment, kExplicit };
    plan::ExprPtr coerce(const Bound& value, const Type& to, Coercion how, Span span, const std::string& what);
    /// The common type of CASE arms, UNION branches, COALESCE ...; nullopt with a message.
    std::optional<Type> common_type(const std::vector<Bound>& values, Span span, const char* what);

    // bind_expression.cpp, bind_column.cpp, bind_call.cpp
    Bound bind_expr(const ast::Expr& expr, const ExprContext& context);
    Bound bind_column(const ast::ColumnRef& ref, const ExprContext& context, Span span);
    void unknown_column(const ast::ColumnRef& ref, const ExprContext& context, Span span);  ///< reports it
    Bound bind_unary(const ast::Unary& u, const ExprContext& context, Span span);
    Bound bind_like(const ast::Like& l, const ExprContext& context, Span span);
    Bound bind_is_test(const ast::IsTest& t, const ExprContext& context, Span span);
    Bound bind_field(Bound base, const std::string& field, Span span);
    Bound bind_binary(const ast::Binary& b, const ExprContext& context, Span span);
    Bound bind_case(const ast::Case& c, const ExprContext& context, Span span);
    Bound bind_cast(const ast::Cast& c, const ExprContext& context, Span span);
    Bound bind_between(const ast::Between& b, const ExprContext& context, Span span);
    Bound bind_in_list(const ast::InList& in, const ExprContext& context, Span span);
    Bound bind_function(const ast::FunctionCall& call, const ExprContext& context, Span span);
    Bound bind_macro(const ast::CreateFunction& macro, const ast::FunctionCall& call, const ExprContext& context,
                     Span span);
    Bound bind_aggregate_call(const ast::FunctionCall& call, const ExprContext& context, Span span);
    Bound call(const std::string& name, std::vector<Bound> args, Span span);
    /// False, with an error, if a constant among the arguments can never work (constant_arguments.h).
    bool constants_work(const ScalarFunction& function, const std::vector<plan::ExprPtr>& args);
    Bound not_distinct(Bound left, Bound right, Span span);
    plan::ExprPtr boolean(const ast::Expr& expr, const ExprContext& context);
    bool is_aggregate_name(const std::string& name) const;

    Diagnostic& not_supported(Span span, const std::string& what);
    std::vector<std::string> relation_names() const;

    const BindOptions& options_;
    Diagnostics& diags_;
    std::map<std::string, DeclaredRelation> relations_;
    std::map<std::string, DeclaredView> views_;
    std::map<std::string, const ast::CreateFunction*> macros_;
    static constexpr size_t kMaxMacroDepth = 50;
    static constexpr size_t kMaxColumns = 1600;          ///< of a relation, as in PostgreSQL
    std::vector<const ast::CreateFunction*> expanding_;  ///< SQL functions whose bodies are being bound
    std::vector<CteScope> ctes_;
    std::string owner_;                           ///< the view or INSERT whose query is being bound
    std::map<plan::NodePtr, std::string> roots_;  ///< results of views and WITH queries, and their names
    const ast::Emit* emit_ = nullptr;             ///< of the query being bound, or of the nearest around it that says
    std::map<std::string, std::pair<std::string, Span>> settings_;
    std::vector<PendingInsert> pending_;
    std::map<int, LateUse> late_uses_;  ///< by sink
    BoundScript out_;
    Options job_options_;
    const TimeZone* zone_ = nullptr;  ///< of the job: what TIMESTAMPTZ literals mean
    bool after_errors_ = false;       ///< the text has errors: what it declares may be missing
    bool too_large_ = false;          ///< a macro has grown beyond plan::kMaxWeight, and that has been said
    int anonymous_ = 0;
};

/// True if an aggregate call occurs in the expression (not inside a subquery).
bool contains_aggregate(const ast::Expr& expr, const std::function<bool(const std::string&)>& is_aggregate);
/// Microseconds of a duration without months; a diagnostic otherwise.
std::optional<int64_t> fixed_duration(const Interval& value, Span span, Diagnostics& diags, const char* what);
/// What to say about an unknown relation's name before a dot.
std::string qualifier_help(const std::string& name, const std::vector<ScopeColumn>& columns);
/// PostgreSQL's name of an unnamed output column.
std::string default_name(const ast::Expr& expr);

}  // namespace streamql::bind_detail
