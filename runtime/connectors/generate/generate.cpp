#include "runtime/connectors/generate/generate.h"

#include <fmt/format.h>

#include "runtime/connectors/generate/generator.h"

namespace streamql {
namespace {

/// Messages `partition`, `partition + partitions`, ... of the generator.
class GenerateReader final : public SplitReader {
  public:
    GenerateReader(const Generator& generator, const GeneratorSettings& settings, uint32_t partition, Clock& clock,
                   int64_t began)
        : generator_(generator),
          settings_(settings),
          partition_(partition),
          clock_(clock),
          began_(began),
          next_(partition) {}

    Result<Poll> poll(int64_t max, RawBatch& out) override {
        messages_.clear();
        bytes_.clear();
        int64_t limit = settings_.rows < 0 ? INT64_MAX : settings_.rows;
        if (settings_.rate > 0) limit = std::min(limit, due());
        while (next_ < limit && static_cast<int64_t>(messages_.size()) < max && bytes_.size() < kEnoughBytes) {
            generator_.make(settings_, next_, made_);
            RawMessage m;
            m.size = static_cast<uint32_t>(made_.value.size());
            m.key_size = static_cast<uint32_t>(made_.key.size());
            m.offset = next_ / settings_.partitions;
            m.timestamp = made_.time;
            bytes_ += made_.value;
            bytes_ += made_.key;
            messages_.push_back(m);
            next_ += settings_.partitions;
        }
        size_t size = bytes_.size();
        bytes_.append(64, '\0');
        place(size);
        out.messages = messages_.data();
        out.count = static_cast<int64_t>(messages_.size());
        out.partition = partition_;
        out.padded = true;
        if (out.count > 0) return Poll::kData;
        return settings_.rows >= 0 && next_ >= settings_.rows ? Poll::kEnd : Poll::kNothing;
    }
    std::string position() const override { return std::to_string(next_ / settings_.partitions); }

  private:
    static constexpr size_t kEnoughBytes = 4 << 20;

    int64_t due() const {
        double seconds = static_cast<double>(clock_.now_micros() - began_) * 1e-6;
        return static_cast<int64_t>(seconds * settings_.rate) + 1;
    }
    /// Sets the pointers, now that the bytes will not move any more.
    void place(size_t size) {
        const char* at = bytes_.data() + size;
        for (auto m = messages_.rbegin(); m != messages_.rend(); ++m) {
            m->key = at -= m->key_size;
            m->data = at -= m->size;
        }
    }

    const Generator& generator_;
    GeneratorSettings settings_;
    uint32_t partition_;
    Clock& clock_;
    int64_t began_;
    int64_t next_;
    GeneratedMessage made_;
    std::string bytes_;
    std::vector<RawMessage> messages_;
};

class GenerateSource final : public Source {
  public:
    GenerateSource(const Generator& generator, GeneratorSettings settings, Clock& clock)
        : generator_(generator), settings_(settings), clock_(clock) {}

    Result<std::vector<Split>> open(const SourcePositions&) override {
        std::vector<Split> out;
        began_ = clock_.now_micros();
        for (int64_t p = 0; p < settings_.partitions; ++p)
            out.push_back({static_cast<uint32_t>(p), fmt::format("{}[{}]", generator_.name, p)});
        return out;
    }
    Result<std::unique_ptr<SplitReader>> reader(const Split& split) override {
        return std::unique_ptr<SplitReader>(
            std::make_unique<GenerateReader>(generator_, settings_, split.partition, clock_, began_));
    }
    bool bounded() const override { return settings_.rows >= 0; }
    std::string place() const override { return generator_.name; }

  private:
    const Generator& generator_;
    GeneratorSettings settings_;
    Clock& clock_;
    int64_t began_ = 0;
};

/// Without an option `name`, the relation's own name.
std::string generator_name(const SourceSpec& source) {
    std::string name = source.options.text("name");
    return name.empty() ? source.name : name;
}

Result<std::unique_ptr<Source>> make_generate_source(const SourceSpec& source, const ConnectorContext& context) {
    const Generator* generator = find_generator(generator_name(source));
    if (!generator) {
        std::string names;
        for (auto& g : generator_list()) names += (names.empty() ? "" : ", ") + g.name;
        return Error{ErrorCode::kQuery, fmt::format("there is no generator \"{}\"", generator_name(source)),
                     "generators: " + names};
    }
    Clock& clock = context.clock ? *context.clock : Clock::system();
    auto settings = generator_settings(*generator, source.options, clock.now_micros());
    if (!settings) return settings.error();
    return std::unique_ptr<Source>(std::make_unique<GenerateSource>(*generator, *settings, clock));
}

}  // namespace

Connector generate_connector() {
    Connector c;
    c.name = "generate";
    c.doc = "Makes seeded events as JSON: the same seed, the same events.";
    OptionSpec name{.name = "name",
                    .type = OptionType::kChoice,
                    .sink = false,
                    .doc = "The generator; the relation's name unless given."};
    for (auto& g : generator_list()) name.choices.push_back(g.name);
    c.options.push_back(std::move(name));
    for (auto& o : generator_options()) c.options.push_back(o);
    c.make_source = make_generate_source;
    c.bounded = [](const Options& options) { return options.has("rows"); };
    c.place_option = "name";
    c.stand_in_option = "name";
    c.stand_in_for = "generator";
    return c;
}

}  // namespace streamql
