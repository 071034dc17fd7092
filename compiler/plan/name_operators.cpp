#include "compiler/plan/name_operators.h"

#include <fmt/format.h>

#include <functional>
#include <set>

#include "runtime/base/result.h"

namespace streamql::plan {

namespace {

/// Long texts are cut; what was cut still tells names apart.
std::string shortened(const std::string& text) {
    constexpr size_t kMost = 120;
    if (text.size() <= kMost) return text;
    size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return fmt::format("{}...{:08x}", text.substr(0, end), std::hash<std::string>()(text) & 0xFFFFFFFF);
}

template <typename List, typename F>
std::string joined(const List& list, F text) {
    std::string s;
    for (auto& x : list) s += (s.empty() ? "" : ",") + text(x);
    return s;
}

class Namer {
  public:
    explicit Namer(const std::map<NodePtr, std::string>& roots) : roots_(roots) {}

    /// The plan below `n`, named; `owner` is the query that n is written in.
    NodePtr visit(const NodePtr& n, const std::string& owner) {
        auto root = roots_.find(n);
        const std::string& mine = root == roots_.end() ? owner : root->second;
        if (auto it = done_.find(n); it != done_.end()) return it->second;
        std::vector<NodePtr> inputs;
        for (auto& i : n->inputs) inputs.push_back(visit(i, mine));
        NodePtr named = with_inputs(n, std::move(inputs));
        if (std::string text = kind_and_key(*n); !text.empty()) {
            auto copy = std::make_shared<Node>(*named);
            copy->identity = unique(text + " in " + mine);
            named = copy;
        }
        return done_[n] = named;
    }

  private:
    /// Empty for what is no operator.
    std::string kind_and_key(const Node& n) {
        const std::string what = fmt::format("{}({})", kind_name(n), inputs_of(n));
        auto keys = [](auto& list) { return shortened(joined(list, [](auto& k) { return to_string(k); })); };
        return std::visit(
            overloaded{[](const Scan&) { return std::string(); }, [](const Filter&) { return std::string(); },
                       [](const Project&) { return std::string(); }, [&](const Union&) { return what; },
                       [&](const LateSplit&) { return what; },
                       [&](const Deduplicate& d) {
                           return what + " by " + shortened(joined(d.keys, [&](int k) { return n.columns[k].name; }));
                       },
                       [&](const WithinJoin& j) {
                           const std::string left = keys(j.left_keys), right = keys(j.right_keys);
                           return what + " on " + (left == right ? left : left + "=" + right);
                       },
                       [&](const WindowAggregate& a) { return a.keys.empty() ? what : what + " by " + keys(a.keys); }},
            n.kind);
    }

    /// A table's or a view's name, or the operators of this query down to them.
    std::string path(const NodePtr& n) {
        if (auto known = paths_.find(n); known != paths_.end()) return known->second;
        if (auto root = roots_.find(n); root != roots_.end()) return root->second;
        if (auto* s = std::get_if<Scan>(&n->kind)) return s->table->name;
        const bool step = std::holds_alternative<Filter>(n->kind) || std::holds_alternative<Project>(n->kind);
        return paths_[n] = step ? path(n->inputs[0]) : fmt::format("{}({})", kind_name(*n), inputs_of(*n));
    }
    std::string inputs_of(const Node& n) {
        return shortened(joined(n.inputs, [&](auto& i) { return path(i); }));
    }

    std::string unique(const std::string& name) {
        if (taken_.insert(name).second) return name;
        for (int i = 2;; ++i)
            if (auto x = fmt::format("{}#{}", name, i); taken_.insert(x).second) return x;
    }

    const std::map<NodePtr, std::string>& roots_;
    std::map<NodePtr, NodePtr> done_;
    std::map<NodePtr, std::string> paths_;
    std::set<std::string> taken_;
};

}  // namespace

void name_operators(Job& job, const std::map<NodePtr, std::string>& roots) {
    Namer namer(roots);
    for (auto& i : job.inserts) i.query = namer.visit(i.query, i.name);
}

}  // namespace streamql::plan
