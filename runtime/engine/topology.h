// The program seen as a net: who consumes what, which ledger line rows are booked on, where barriers come in and go
// out.
//
// What: computed once a job, the same for all workers. A *root* is where rows enter a worker's nodes without being
// called: a source's scan, or (with several workers) the receiving end of an exchange. An *exit* is where they leave:
// the sending end of an exchange, or a sink. Between roots and exits everything is a direct call. Invariants: a root
// that has passed barrier e takes nothing more until all its peers (roots that reach an exit with it) have passed e; an
// exit sends barrier e when all roots that reach it have passed it. With one worker an exchange is a plain node.
// Threading: immutable after build.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "runtime/program/program.h"

namespace streamql {

struct LineStep {
    int32_t line = -1;
    bool enters = false;  ///< rows that pass here are what the line has consumed (a branch behind a shared node)
};

struct Edge {
    int node = 0;   ///< the consumer
    int input = 0;  ///< which of its inputs
    /// By the line that rows come with; rows of line -1 keep it. Behind a scan: [0] is the line of this branch.
    std::vector<LineStep> lines;
};

struct Root {
    bool scan = false;
    int index = 0;           ///< source of the program, or exchange node
    std::vector<int> exits;  ///< indexes into Topology::exits
    std::vector<int> peers;  ///< roots held together with it at a barrier (itself too)
};

struct Exit {
    int node = 0;  ///< ExchangeNode or SinkNode
    std::vector<int> roots;
};

struct Topology {
    std::vector<std::vector<std::vector<Edge>>> consumers;   ///< [node][port]
    std::vector<std::vector<Edge>> scans;                    ///< [source]: consumers of its scan
    std::vector<std::pair<std::string, std::string>> lines;  ///< (source, branch)
    std::vector<std::vector<int>> source_lines;              ///< [source]: lines right behind its scan
    std::vector<Root> roots;                                 ///< scans by source, then exchanges by node
    std::vector<Exit> exits;
};

/// Types of a node's output at a port.
std::vector<Type> port_types(const Program& program, const NodeInput& input);

Topology build_topology(const Program& program, int workers);

}  // namespace streamql
