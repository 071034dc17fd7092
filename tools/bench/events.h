// The benchmark's events: seeded advertising events, clicks and conversions as JSON text, the same on every machine.
//
// Invariants: event n depends on the seed and on the events before it only; times never go back. Texts are written into
// the caller's buffer. Threading: a generator belongs to one thread.
#pragma once
#include <cstdint>
#include <string>

namespace streamql::bench {

/// SplitMix64: small, and equal everywhere, which the standard distributions are not.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t next();
    uint32_t below(uint32_t n) { return static_cast<uint32_t>((next() >> 32) * n >> 32); }
    void letters(int count, std::string& out);

  private:
    uint64_t state_;
};

/// About 215 bytes; 100 campaigns, a third of the events are views, 2,000 events a second of event time.
class AdEvents {
  public:
    void next(std::string& out);

  private:
    Random random_{2026};
    int64_t n_ = 0;
};

/// Eleven events in turn: ten clicks and a conversion, 500 a second of event time, 500,000 users. One click in twenty
/// is a copy of one of the last thousand.
class ClickEvents {
  public:
    /// True if the event is a click, false if it is a conversion.
    bool next(std::string& out);

  private:
    void click(int64_t id, int64_t time, std::string& out);
    Random random_{2027};
    int64_t n_ = 0, clicks_ = 0, conversions_ = 0;
    struct Sent {
        int64_t id = 0;
        uint32_t user = 0, campaign = 0;
    };
    Sent recent_[1000];
};

}  // namespace streamql::bench
