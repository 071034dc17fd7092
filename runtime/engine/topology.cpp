#include "runtime/engine/topology.h"

#include <algorithm>
#include <set>

#include "runtime/base/result.h"

namespace streamql {

namespace {

template <typename T>
const T* kind_of(const Program& program, int node) {
    return std::get_if<T>(&program.nodes[node].kind);
}

class Builder {
  public:
    Builder(const Program& program, int workers) : program_(program), workers_(workers) {}

    Topology build() {
        link();
        number_lines();
        find_roots_and_exits();
        return std::move(net_);
    }

  private:
    void link() {
        net_.consumers.resize(program_.nodes.size());
        net_.scans.resize(program_.sources.size());
        net_.source_lines.resize(program_.sources.size());
        for (size_t n = 0; n < program_.nodes.size(); ++n) {
            const auto& inputs = program_.nodes[n].inputs;
            for (size_t i = 0; i < inputs.size(); ++i) {
                SQ_CHECK(inputs[i].node < static_cast<int>(n), "nodes are not in topological order");
                Edge edge{static_cast<int>(n), static_cast<int>(i), {}};
                if (auto* scan = kind_of<ScanNode>(program_, inputs[i].node)) {
                    net_.scans[scan->source].push_back(std::move(edge));
                    continue;
                }
                auto& ports = net_.consumers[inputs[i].node];
                if (ports.size() <= static_cast<size_t>(inputs[i].port)) ports.resize(inputs[i].port + 1);
                ports[inputs[i].port].push_back(std::move(edge));
            }
        }
    }

    /// What the ledger calls the branch that starts at `node`: the INSERTs it leads to.
    std::string branch_name(int node) const {
        std::set<std::string> names;
        collect_inserts(node, names);
        std::string text;
        for (auto& name : names) text += (text.empty() ? "" : " + ") + name;
        return text;
    }

    void collect_inserts(int node, std::set<std::string>& names) const {
        if (auto* sink = kind_of<SinkNode>(program_, node)) {
            const SinkSpec& spec = program_.sinks[sink->sink];
            names.insert(spec.insert.empty() ? spec.name : spec.insert);
        }
        for (auto& port : net_.consumers[node])
            for (auto& edge : port) collect_inserts(edge.node, names);
    }

    int new_line(const std::string& source, int node) {
        std::pair<std::string, std::string> line{source, branch_name(node)};
        // a second way to the same INSERTs is told apart by where it begins
        if (std::find(net_.lines.begin(), net_.lines.end(), line) != net_.lines.end())
            line.second += " (" + program_.nodes[node].name + ")";
        net_.lines.push_back(std::move(line));
        return static_cast<int>(net_.lines.size()) - 1;
    }

    void number_lines() {
        std::vector<std::set<int>> arriving(program_.nodes.size());  // lines that a node's input rows may have
        for (size_t s = 0; s < program_.sources.size(); ++s) {
            for (auto& edge : net_.scans[s]) {
                const int line = new_line(program_.sources[s].name, edge.node);
                edge.lines = {{line, false}};
                net_.source_lines[s].push_back(line);
                arriving[edge.node].insert(line);
            }
        }
        for (size_t n = 0; n < program_.nodes.size(); ++n) {
            if (!traits(program_.nodes[n]).keeps_identity) continue;
            for (auto& port : net_.consumers[n]) {
                for (size_t e = 0; e < port.size(); ++e) {
                    for (int line : arriving[n]) {
                        const int step = e == 0 ? line : new_line(std::string(net_.lines[line].first), port[e].node);
                        if (port[e].lines.size() <= static_cast<size_t>(line)) port[e].lines.resize(line + 1);
                        port[e].lines[line] = {step, e != 0};
                        arriving[port[e].node].insert(step);
                    }
                }
            }
        }
    }

    bool is_exit(int node) const {
        return kind_of<SinkNode>(program_, node) || (workers_ > 1 && kind_of<ExchangeNode>(program_, node));
    }

    void reach(const std::vector<Edge>& edges, std::set<int>& exits, std::set<int>& seen) const {
        for (auto& edge : edges) {
            if (!seen.insert(edge.node).second) continue;
            if (is_exit(edge.node)) {
                exits.insert(exit_of_node_[edge.node]);
                continue;
            }
            for (auto& port : net_.consumers[edge.node]) reach(port, exits, seen);
        }
    }

    void add_root(bool scan, int index, const std::vector<std::vector<Edge>>& ports) {
        std::set<int> exits, seen;
        for (auto& edges : ports) reach(edges, exits, seen);
        const int number = static_cast<int>(net_.roots.size());
        net_.roots.push_back({scan, index, {exits.begin(), exits.end()}, {}});
        for (int exit : exits) net_.exits[exit].roots.push_back(number);
    }

    void find_roots_and_exits() {
        exit_of_node_.assign(program_.nodes.size(), -1);
        for (size_t n = 0; n < program_.nodes.size(); ++n) {
            if (!is_exit(static_cast<int>(n))) continue;
            exit_of_node_[n] = static_cast<int>(net_.exits.size());
            net_.exits.push_back({static_cast<int>(n), {}});
        }
        for (size_t s = 0; s < program_.sources.size(); ++s) add_root(true, static_cast<int>(s), {net_.scans[s]});
        for (size_t n = 0; n < program_.nodes.size(); ++n)
            if (workers_ > 1 && kind_of<ExchangeNode>(program_, static_cast<int>(n)))
                add_root(false, static_cast<int>(n), net_.consumers[n]);
        for (auto& root : net_.roots) {
            std::set<int> peers;
            for (int exit : root.exits) peers.insert(net_.exits[exit].roots.begin(), net_.exits[exit].roots.end());
            root.peers.assign(peers.begin(), peers.end());
        }
    }

    const Program& program_;
    int workers_;
    Topology net_;
    std::vector<int> exit_of_node_;
};

}  // namespace

std::vector<Type> port_types(const Program& program, const NodeInput& input) {
    std::vector<Type> types = program.nodes[input.node].output;
    if (input.port == 1) types.push_back(TypeKind::kInterval);  // LateSplit's late_by
    return types;
}

Topology build_topology(const Program& program, int workers) { return Builder(program, workers).build(); }

}  // namespace streamql
