// The events themselves: what a click and a conversion hold, and how a message may be spoiled.
//
// Invariants: event i is a pure function of (settings, i). Threading: pure functions.
#pragma once
#include "runtime/connectors/generate/generator.h"

namespace streamql {

inline constexpr int64_t kClicksAConversion = 10;

struct Click {
    int64_t number = 0;
    int64_t time = 0;
    uint64_t user = 0;
    uint64_t campaign = 0;
};
struct Conversion {
    int64_t number = 0;
    int64_t time = 0;
    uint64_t user = 0;
    int64_t cents = 0;
    int currency = 0;
};

void make_click(const GeneratorSettings& settings, int64_t index, GeneratedMessage& out);
void make_conversion(const GeneratorSettings& settings, int64_t index, GeneratedMessage& out);

/// The good event of number `event`, wherever its time was moved to.
Click click_of(const GeneratorSettings& settings, int64_t event);
Conversion conversion_of(const GeneratorSettings& settings, int64_t event);

std::string click_id(int64_t number);
std::string conversion_id(int64_t number);
std::string campaign_id(uint64_t campaign);
std::string_view currency_name(int currency);

}  // namespace streamql
