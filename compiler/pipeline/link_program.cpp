// A built program with its compiled functions put in place; and as text.
#include <fmt/format.h>

#include "compiler/pipeline/build_program.h"
#include "runtime/base/result.h"

namespace streamql::pipeline {

void link(Built& built, const std::map<std::string, Slot>& slots,
          const std::map<std::string, std::vector<std::string>>& sites) {
    auto slot = [&](const std::string& name) {
        auto it = slots.find(name);
        SQ_CHECK(it != slots.end(), "no compiled function " + name);
        return it->second;
    };
    auto sites_of = [&](const std::string& name) {
        auto it = sites.find(name);
        return it == sites.end() ? std::vector<std::string>{} : it->second;
    };
    for (size_t s = 0; s < built.program.sources.size(); ++s) {
        built.program.sources[s].scan = slot(built.scan_functions[s]);
        built.program.sources[s].sites = sites_of(built.scan_functions[s]);
    }
    for (size_t n = 0; n < built.program.nodes.size(); ++n) {
        const std::string& f = built.node_functions[n];
        if (f.empty()) continue;
        std::visit(
            [&](auto& kind) {
                if constexpr (requires { kind.sites; }) {
                    kind.sites = sites_of(f);
                    kind.each_slot([&](const char* suffix, Slot& to) { to = slot(f + suffix); });
                }
            },
            built.program.nodes[n].kind);
    }
}

std::string to_string(const Built& built) {
    std::string s;
    for (size_t i = 0; i < built.program.nodes.size(); ++i) {
        const Node& n = built.program.nodes[i];
        s += fmt::format("{:>3} {}", i, n.name);
        for (auto& in : n.inputs) s += fmt::format(" <- {}{}", in.node, in.port ? ".late" : "");
        if (!built.node_functions[i].empty()) s += "  " + built.node_functions[i];
        if (auto* scan = std::get_if<ScanNode>(&n.kind)) s += "  " + built.scan_functions[scan->source];
        if (auto* e = std::get_if<ExchangeNode>(&n.kind))
            s += fmt::format("  hash of {} key column{}", e->key_columns, e->key_columns == 1 ? "" : "s");
        if (!n.insert.empty()) s += "  [" + n.insert + "]";
        s += "\n";
    }
    s += "\n";
    for (auto& f : built.module.functions) s += physical::to_string(f) + "\n";
    return s;
}

}  // namespace streamql::pipeline
