// Random typed expressions that mean the same to us and to PostgreSQL, and cannot fail.
#pragma once
#include <random>
#include <string>
#include <vector>

namespace streamql::testing {

/// I INTEGER, L BIGINT, N NUMERIC, D DOUBLE PRECISION, S TEXT, B BOOLEAN, T TIMESTAMP, A DATE, X BIGINT with extremes
/// (compared and printed, never computed with).
struct TypedName {
    std::string text;
    char type;
};

class ExpressionMaker {
  public:
    ExpressionMaker(std::mt19937_64& random, std::vector<TypedName> names)
        : random_(random), names_(std::move(names)) {}
    std::string make(char type, int depth);
    std::string condition(int depth) { return make('B', depth); }
    /// A plain column of the type (a literal if there is none).
    std::string leaf(char type);
    char any_type() { return pick("IILNNDSSBTA"); }
    int below(int n) { return static_cast<int>(random_() % n); }

  private:
    char pick(const char* choices);
    std::string literal(char type);
    std::string integer(int depth);
    std::string numeric(int depth);
    std::string real(int depth);
    std::string text(int depth);
    std::string boolean(int depth);
    std::string time(int depth);
    std::string general(char type, int depth);

    std::mt19937_64& random_;
    std::vector<TypedName> names_;
};

}  // namespace streamql::testing
