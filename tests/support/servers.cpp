#include "tests/support/servers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace streamql::testing {
namespace {

// Thrown, not asserted: GoogleTest reports it as the failure of the test that asked.
std::string required_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        throw std::runtime_error(
            fmt::format("{} is not set; start the servers: eval \"$(tools/servers.sh start)\"", name));
    }
    return value;
}

}  // namespace

std::string kafka_brokers() { return required_variable("KAFKA_BROKERS"); }

std::string postgres_url() { return required_variable("POSTGRES_URL"); }

std::string guarded_postgres_url(std::string_view password) {
    return fmt::format("postgresql://guarded:{}@{}:{}/{}", password, required_variable("PGHOST"),
                       required_variable("PGPORT"), required_variable("PGDATABASE"));
}

std::string unique_name(std::string_view prefix) {
    static std::atomic<unsigned> count{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return fmt::format("{}_{}_{}_{}", prefix, std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                       ::getpid(), ++count);
}

}  // namespace streamql::testing
