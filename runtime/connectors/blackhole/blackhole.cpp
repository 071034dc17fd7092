#include "runtime/connectors/blackhole/blackhole.h"

namespace streamql {
namespace {

/// The engine counts the rows of every sink; there is nothing to add.
class BlackholeSink final : public Sink {
  public:
    Status open(const std::string*) override { return {}; }
    Status write(const Batch&, std::vector<RejectedRow>&) override { return {}; }
    Result<std::string> prepare(int64_t, std::vector<RejectedRow>&) override { return std::string(); }
    Status close(bool) override { return {}; }
};

}  // namespace

Connector blackhole_connector() {
    Connector c;
    c.name = "blackhole";
    c.doc = "Takes rows and drops them; the ledger counts them.";
    c.make_sink = [](const SinkSpec&, const ConnectorContext&) -> Result<std::unique_ptr<Sink>> {
        return std::unique_ptr<Sink>(std::make_unique<BlackholeSink>());
    };
    return c;
}

}  // namespace streamql
