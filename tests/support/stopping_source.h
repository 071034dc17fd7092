// Sources that give so many rows and then ask for an orderly stop: runs that end in the middle, at a chosen row.
//
// What: wrap() gives a connector whose sources hand out, over all their splits, `rows` messages and from then on
// nothing, and sets reached(). Invariants: one StoppingSource at a time is current (connectors are plain functions).
// Threading: readers count together; wrap() before they run.
#pragma once
#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "runtime/connectors/connector.h"

namespace streamql::testing {

class StoppingSource {
  public:
    /// `rows` < 0: no stop.
    explicit StoppingSource(int64_t rows) : bounded_(rows >= 0), left_(rows), reached_(rows == 0) { current() = this; }
    ~StoppingSource() { current() = nullptr; }

    const std::atomic<bool>& reached() const { return reached_; }
    const Connector* wrap(const Connector* plain) {
        if (!plain || !plain->make_source || !bounded_) return plain;
        Connector& wrapped = wrapped_[plain->name];
        wrapped = *plain;
        wrapped.make_source = make;
        plain_ = plain;
        return &wrapped;
    }

  private:
    static StoppingSource*& current() {
        static StoppingSource* instance = nullptr;
        return instance;
    }

    class Reader final : public SplitReader {
      public:
        Reader(StoppingSource& owner, std::unique_ptr<SplitReader> plain) : owner_(owner), plain_(std::move(plain)) {}
        Result<Poll> poll(int64_t max, RawBatch& out) override {
            int64_t left = owner_.left_.load();
            int64_t take = 0;
            do take = std::clamp<int64_t>(left, 0, max);
            while (take > 0 && !owner_.left_.compare_exchange_weak(left, left - take));
            if (take == 0) {
                owner_.reached_ = true;
                return Poll::kNothing;
            }
            Result<Poll> result = plain_->poll(take, out);
            const int64_t given = result && *result == Poll::kData ? out.count : 0;
            owner_.left_ += take - given;
            return result;
        }
        std::string position() const override { return plain_->position(); }
        std::string headers(const RawMessage& m) const override { return plain_->headers(m); }

      private:
        StoppingSource& owner_;
        std::unique_ptr<SplitReader> plain_;
    };

    class Source final : public streamql::Source {
      public:
        Source(StoppingSource& owner, std::unique_ptr<streamql::Source> plain)
            : owner_(owner), plain_(std::move(plain)) {}
        Result<std::vector<Split>> open(const SourcePositions& resume) override { return plain_->open(resume); }
        Result<std::unique_ptr<SplitReader>> reader(const Split& split) override {
            auto plain = plain_->reader(split);
            if (!plain) return plain.error();
            return std::unique_ptr<SplitReader>(std::make_unique<Reader>(owner_, std::move(*plain)));
        }
        bool bounded() const override { return plain_->bounded(); }
        Status tell(const SourcePositions& positions) override { return plain_->tell(positions); }
        std::string place() const override { return plain_->place(); }

      private:
        StoppingSource& owner_;
        std::unique_ptr<streamql::Source> plain_;
    };

    static Result<std::unique_ptr<streamql::Source>> make(const SourceSpec& spec, const ConnectorContext& context) {
        StoppingSource& owner = *current();
        auto plain = owner.plain_->make_source(spec, context);
        if (!plain) return plain.error();
        return std::unique_ptr<streamql::Source>(std::make_unique<Source>(owner, std::move(*plain)));
    }

    bool bounded_;
    std::atomic<int64_t> left_;
    std::atomic<bool> reached_;
    const Connector* plain_ = nullptr;
    std::map<std::string, Connector> wrapped_;
};

}  // namespace streamql::testing
