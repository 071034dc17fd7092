// The state of one cutting: what of the logical plan has a place in the program already, and the parts that all
// operators are built from. Private to compiler/pipeline.
//
// build_program.cpp has the walk, scans, pipelines and sinks; build_operators.cpp one function an operator. Invariants:
// names of nodes are unique; an operator's is its plan node's identity, and those of the pipelines and exchanges before
// it follow from it. Ownership: views the job. Threading: none.
#pragma once
#include <map>
#include <set>

#include "compiler/pipeline/build_program.h"

namespace streamql::pipeline {

/// Where a logical node's rows are in the program: logical column i is column map[i] of the node's batches.
struct Place {
    NodeInput at;
    std::vector<int> map;
};

class Builder {
  public:
    explicit Builder(const plan::Job& job) : job_(job) {}
    Built run();

  private:
    // build_program.cpp
    int add(Node node, std::string function = {});
    const std::vector<Type>& types(NodeInput at) const { return out_.program.nodes[at.node].output; }
    std::string unique(const std::string& name) const;
    void count(const plan::NodePtr& n);
    void want(const plan::TableDefinition& t, int column);
    void want_all(const std::shared_ptr<const plan::TableDefinition>& table);
    const Place& scan_of(const std::shared_ptr<const plan::TableDefinition>& table);
    Place chain(const plan::NodePtr& n, std::vector<physical::Step>& steps, bool first);
    int pipeline(const plan::NodePtr& n, const std::vector<plan::ExprPtr>& outputs, const std::string& name);
    int exchange(int input, int keys, const std::string& name);
    std::vector<plan::ExprPtr> columns_of(const plan::Node& n) const;
    int keyed(const plan::NodePtr& n, const std::vector<plan::ExprPtr>& keys, std::vector<int>& map,
              const std::string& name);
    Place place(const plan::NodePtr& n);
    Place shared(const plan::NodePtr& n);
    void sink(int index, std::vector<NodeInput> inputs);

    // build_operators.cpp
    Node operator_node(const plan::Node& n) const;
    Place deduplicate(const plan::Node& n, const plan::Deduplicate& d);
    Place join(const plan::Node& n, const plan::WithinJoin& j);
    Place aggregate(const plan::Node& n, const plan::WindowAggregate& a);
    Place unite(const plan::Node& n);
    Place split(const plan::Node& n, const plan::LateSplit& l);

    const plan::Job& job_;
    Built out_;
    std::map<const plan::Node*, Place> places_;  // breakers, unions and shared chains that are built already
    std::map<const plan::TableDefinition*, std::set<int>> wanted_;
    std::map<const plan::TableDefinition*, Place> scans_;  // map: definition column -> scan column
    std::map<const plan::Node*, int> uses_;
    std::map<int, std::vector<NodeInput>> late_feeds_;  // sink -> pipelines of late rows
    std::string insert_;
};

inline plan::ExprPtr placed(const plan::ExprPtr& e, const std::vector<int>& map) { return plan::remap(e, map); }

inline std::vector<int> identity(size_t n) {
    std::vector<int> m(n);
    for (size_t i = 0; i < n; ++i) m[i] = static_cast<int>(i);
    return m;
}

}  // namespace streamql::pipeline
