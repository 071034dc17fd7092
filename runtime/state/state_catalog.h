// What an operator instance keeps past a barrier, as entries under stable names: saved by walking them, loaded by
// handing them back, into another number of workers too.
//
// What: an operator adds its containers to a catalog. A container is a set of entries {key group, key, value}; an entry
// belongs to one key group, so re-sharding is to hand it to the worker that owns the group (worker_of_group).
// Invariants: what only speeds things up (slots, free lists, expiry queues, merged blocks) is rebuilt while loading and
// never saved; entries are machine-independent but for the byte order (little endian), without refs or pointers, and no
// two of a container have one key. Containers are saved and loaded in the catalog's order (a set's elements need the
// group they belong to), before the operator has seen a row or watermark. A load() that fails leaves the operator unfit
// for use, not undefined. Ownership: containers belong to the operator; views given to `to` live during the call.
// Threading: that of the operator.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state/murmur2.h"

namespace streamql {

struct StateEntry {
    uint8_t group = 0;  ///< key_group_of(the key's canonical bytes); 0 where an operator has no key columns
    std::string_view key, value;
};

class StateContainer {
  public:
    virtual ~StateContainer() = default;
    virtual void save(const std::function<void(const StateEntry&)>& to) const = 0;
    virtual Status load(const StateEntry& entry) = 0;
};

class StateCatalog {
  public:
    struct Item {
        std::string name;  ///< stable, e.g. "groups"; no two of an operator are equal
        StateContainer* container;
    };
    void add(std::string name, StateContainer& container) { items_.push_back({std::move(name), &container}); }
    const std::vector<Item>& containers() const { return items_; }

  private:
    std::vector<Item> items_;
};

/// A container that is two members of its operator.
template <typename Owner>
class MemberState final : public StateContainer {
  public:
    using To = std::function<void(const StateEntry&)>;
    MemberState(Owner& owner, void (Owner::*save)(const To&) const, Status (Owner::*load)(const StateEntry&))
        : owner_(owner), save_(save), load_(load) {}
    void save(const To& to) const override { (owner_.*save_)(to); }
    Status load(const StateEntry& entry) override { return (owner_.*load_)(entry); }

  private:
    Owner& owner_;
    void (Owner::*save_)(const To&) const;
    Status (Owner::*load_)(const StateEntry&);
};

/// The group of a key of `key_columns` columns.
inline uint8_t state_group(std::string_view key, int key_columns) {
    return key_columns ? static_cast<uint8_t>(key_group_of(key)) : uint8_t{0};
}
inline bool owns_group(int group, int worker, int workers) { return worker_of_group(group, workers) == worker; }

/// Watermarks of an operator: one entry a key group that the worker owns, loaded as the least of them. (They are equal
/// on all workers at a barrier, but for an output watermark that a waiting row holds back: there only the least keeps
/// the promise that nothing older follows.)
class WatermarkState final : public StateContainer {
  public:
    WatermarkState(int worker, int workers, std::vector<int64_t*> watermarks)
        : worker_(worker), workers_(workers), watermarks_(std::move(watermarks)) {}
    void save(const std::function<void(const StateEntry&)>& to) const override;
    Status load(const StateEntry& entry) override;

  private:
    int worker_, workers_;
    std::vector<int64_t*> watermarks_;
    bool loaded_ = false;
};

/// The Error of an entry that cannot be what save() gave.
Error corrupt_entry(const std::string& what);

}  // namespace streamql
