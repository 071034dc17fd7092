// Watermarks: of a partition, while its rows are stamped in order; and of a source, over its active partitions.
//
// What: stamp_times() writes event time and lateness of a batch in one pass; SplitProgress is what workers and the
// status line may see of a partition; SourceWatermark says what one worker may promise for its share of a source.
// Invariants: watermark W promises that no further row has ts < W; it never goes back. A partition without any row yet,
// a file not read yet too, holds its source at kMinTime; an ended one is at kMaxTime; an idle one is left out.
// Threading: PartitionWatermark belongs to the reading worker; SplitProgress is written by that worker, read by all.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/record/batch.h"

namespace streamql {

/// a - b, kept inside the range of times.
inline int64_t subtract_time(int64_t a, int64_t b) {
    int64_t result;
    if (__builtin_sub_overflow(a, b, &result)) return b > 0 ? kMinTime : kMaxTime;
    return result;
}

struct StampRule {
    int64_t delay = 0;
    int64_t latest = kMaxTime;  ///< a time past it is an error, and moves nothing
};

/// Stamps live rows of `out` in order from the cells of `column`; gives the partition's watermark after them.
/// `on_error` is called as (row, RowError) for rows without a time or too far ahead.
template <typename OnError>
int64_t stamp_times(BatchView& out, int column, const StampRule& rule, int64_t watermark, OnError&& on_error) {
    const auto* times = reinterpret_cast<const int64_t*>(out.columns[column].data);
    const uint8_t* valid = out.columns[column].valid;
    for (int64_t i = 0; i < out.rows; ++i) {
        out.lateness[i] = watermark;
        if (out.status[i]) continue;
        if (!valid[i]) {
            on_error(i, /*future=*/false);
            continue;
        }
        const int64_t time = times[i];
        if (time > rule.latest) {
            on_error(i, /*future=*/true);
            continue;
        }
        out.event_time[i] = time;
        const int64_t promised = subtract_time(time, rule.delay);
        watermark = promised > watermark ? promised : watermark;
    }
    return watermark;
}

enum class SplitState : uint8_t { kActive, kIdle, kEnded };

/// What everybody may see of one partition.
struct alignas(64) SplitProgress {
    int source = 0;
    uint32_t partition = 0;
    std::string name;
    bool timed = true;  ///< the source has a WATERMARK
    std::atomic<int64_t> watermark{kMinTime};
    std::atomic<SplitState> state{SplitState::kActive};
    std::atomic<bool> has_data{true};          ///< the last poll gave rows (or there was none yet)
    std::atomic<int64_t> last_data{kMinTime};  ///< processing time of the last row
};

/// Least watermark of the active partitions among `splits`; `any_active` says whether there was one.
struct ActiveMinimum {
    int64_t watermark = kMaxTime;
    const SplitProgress* holder = nullptr;
    bool any_active = false, any_idle = false;
};
ActiveMinimum active_minimum(const std::vector<const SplitProgress*>& splits);

/// The promise of one worker for its share of one source.
class SourceWatermark {
  public:
    SourceWatermark(std::vector<const SplitProgress*> own, std::vector<const SplitProgress*> all, bool idle_advance)
        : own_(std::move(own)), all_(std::move(all)), idle_advance_(idle_advance) {}
    /// The present watermark; never less than the last one given. `now` is processing time.
    int64_t update(int64_t now);
    int64_t current() const { return current_; }

  private:
    int64_t idle_value(int64_t now);
    std::vector<const SplitProgress*> own_, all_;
    bool idle_advance_;
    int64_t current_ = kMinTime;
    int64_t idle_since_ = kMinTime, idle_base_ = kMinTime;  ///< set while every partition of the source is idle
};

}  // namespace streamql
