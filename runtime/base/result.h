// Result<T>: a value or an Error, for everything that talks to the outside world.
//
// Errors by origin: a user's text gives Diagnostics (compiler/diagnostics), the outside world gives Error, a bad record
// gives a policy and a counter, and our own bug gives SQ_CHECK. Nothing here allocates on the success path.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace streamql {

/// What went wrong outside, as the command line reports it. The values are the process exit codes of
/// CONNECTORS_AND_CLI: 1 query wrong, 2 command line wrong, 3 outside world, 4 data limit, 5 state, 70 our bug.
enum class ErrorCode { kQuery = 1, kUsage = 2, kOutside = 3, kData = 4, kState = 5, kInternal = 70 };

struct Error {
    ErrorCode code = ErrorCode::kOutside;
    std::string message;  ///< one sentence: what happened, where
    std::string help;     ///< how to mend it; may be empty
    bool retryable = false;
};

template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : v_(std::move(value)) {}
    Result(Error error) : v_(std::move(error)) {}
    explicit operator bool() const { return v_.index() == 0; }
    bool ok() const { return v_.index() == 0; }
    T& value() { return std::get<0>(v_); }
    const T& value() const { return std::get<0>(v_); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    Error& error() { return std::get<1>(v_); }
    const Error& error() const { return std::get<1>(v_); }

  private:
    std::variant<T, Error> v_;
};

/// Success, or an Error.
class [[nodiscard]] Status {
  public:
    Status() = default;
    Status(Error error) : e_(std::move(error)) {}
    explicit operator bool() const { return !e_; }
    bool ok() const { return !e_; }
    Error& error() { return *e_; }
    const Error& error() const { return *e_; }

  private:
    std::optional<Error> e_;
};

template <class... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

[[noreturn]] void check_failed(const char* file, int line, const char* what, const std::string& detail);

}  // namespace streamql

/// Our own bug: prints and aborts (exit by SIGABRT; the CLI's handler turns it into 70).
#define SQ_CHECK(cond, ...)                                                                  \
    do {                                                                                     \
        if (!(cond)) [[unlikely]]                                                            \
            ::streamql::check_failed(__FILE__, __LINE__, #cond, ::std::string{__VA_ARGS__}); \
    } while (0)
