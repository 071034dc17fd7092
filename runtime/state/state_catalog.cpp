#include "runtime/state/state_catalog.h"

#include <algorithm>

#include "runtime/state/entry_codec.h"

namespace streamql {

void WatermarkState::save(const std::function<void(const StateEntry&)>& to) const {
    EntryWriter value;
    for (const int64_t* w : watermarks_) value.add(*w);
    for (int group = 0; group < kKeyGroups; ++group) {
        if (owns_group(group, worker_, workers_)) to({static_cast<uint8_t>(group), {}, value.bytes()});
    }
}

Status WatermarkState::load(const StateEntry& entry) {
    if (entry.group >= kKeyGroups || !entry.key.empty()) return corrupt_entry("a watermark's key");
    EntryReader value(entry.value);
    for (int64_t* w : watermarks_) {
        int64_t saved = 0;
        if (!value.take(&saved)) return corrupt_entry("a watermark is too short");
        *w = loaded_ ? std::min(*w, saved) : saved;
    }
    loaded_ = true;
    if (!value.at_end()) return corrupt_entry("a watermark is too long");
    return {};
}

Error corrupt_entry(const std::string& what) {
    return {ErrorCode::kState, "the saved state is corrupt: " + what,
            "start anew without the saved state, or restore the state folder from a copy", false};
}

}  // namespace streamql
