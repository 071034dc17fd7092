#include "tools/bench/events.h"

#include <fmt/format.h>

#include <iterator>

namespace streamql::bench {

namespace {
constexpr int64_t kStart = 1'767'225'600'000;  // 2026-01-01 00:00:00 UTC, milliseconds
constexpr int64_t kAdsPerSecond = 2'000, kClicksPerSecond = 500;
constexpr uint32_t kUsers = 500'000;
}  // namespace

uint64_t Random::next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

void Random::letters(int count, std::string& out) {
    for (int i = 0; i < count; ++i) out += static_cast<char>('a' + below(26));
}

void AdEvents::next(std::string& out) {
    static constexpr const char* kTypes[] = {"view", "click", "purchase"};
    static constexpr const char* kPlaces[] = {"banner", "modal", "sponsored-search", "mail", "mobile"};
    const uint32_t ad = random_.below(1000);
    out.clear();
    auto to = std::back_inserter(out);
    fmt::format_to(to, R"({{"user_id":"u{}","page_id":")", random_.below(1'000'000));
    random_.letters(16, out);
    fmt::format_to(to, R"(","ad_id":{},"campaign_id":"campaign-{}","ad_type":"{}","event_type":"{}","event_time":{})",
                   ad, ad / 10, kPlaces[random_.below(5)], kTypes[random_.below(3)],
                   kStart + n_ * 1000 / kAdsPerSecond);
    const uint32_t ip = random_.below(UINT32_MAX);
    fmt::format_to(to, R"(,"ip_address":"{}.{}.{}.{}","extra":")", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    random_.letters(10 + static_cast<int>(random_.below(20)), out);
    out += "\"}";
    ++n_;
}

void ClickEvents::click(int64_t id, int64_t time, std::string& out) {
    Sent& sent = recent_[id % 1000];
    fmt::format_to(std::back_inserter(out),
                   R"({{"click_id":{},"user_id":{},"campaign_id":"campaign-{}","url":"https://shop.example/)", sent.id,
                   sent.user, sent.campaign);
    random_.letters(20, out);
    fmt::format_to(std::back_inserter(out), R"(","ts":{},"extra":")", time);
    random_.letters(50 + static_cast<int>(random_.below(20)), out);
    out += "\"}";
}

bool ClickEvents::next(std::string& out) {
    const int64_t time = kStart + n_ * 1000 / kClicksPerSecond;
    const bool is_click = n_++ % 11 != 10;
    out.clear();
    if (is_click) {
        if (clicks_ > 1000 && random_.below(20) == 0) {
            click(clicks_ - 1 - random_.below(1000), time, out);
            return true;
        }
        recent_[clicks_ % 1000] = {clicks_, random_.below(kUsers), random_.below(100)};
        click(clicks_++, time, out);
        return true;
    }
    fmt::format_to(std::back_inserter(out), R"({{"conversion_id":{},"user_id":{},"amount":{},"ts":{},"extra":")",
                   conversions_++, random_.below(kUsers), 100 + random_.below(100'000), time);
    random_.letters(80 + static_cast<int>(random_.below(20)), out);
    out += "\"}";
    return false;
}

}  // namespace streamql::bench
