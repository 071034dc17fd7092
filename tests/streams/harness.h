// Runs a case both ways and compares: our engine over files, and PostgreSQL over tables.
//
// Threading: one harness, one thread.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "compiler/compile.h"
#include "tests/streams/case.h"

struct pg_conn;

namespace streamql::testing {

/// Rows as text, sorted: fields separated by U+0001, NULL as U+0002.
using Answer = std::vector<std::string>;

struct Setting {
    jit::Tier tier;
    int64_t batch_rows;
    int workers;
    uint64_t stops = 0;  ///< seed of orderly stops in mid-run, each gone on from by another number of workers; 0: none
    std::string to_string() const;
};

/// O0 and O2 (and the interpreter), batches of 1, 7 and 1024 rows, 1 and 3 workers; and two with stops drawn from
/// `seed`.
std::vector<Setting> all_settings(bool with_interpreter, uint64_t seed);

class Harness {
  public:
    Harness();
    ~Harness();
    /// PostgreSQL's answer; throws std::runtime_error with the server's words if it has none.
    Answer postgres(const Case&);
    /// Empty if every setting gives `expected`, else what differs.
    std::string compare(const Case&, const Answer& expected, const std::vector<Setting>& settings);
    /// Fewer rows and items that still differ; writes the case to build/failing/ and gives its path.
    std::string minimise(Case, const std::vector<Setting>& settings);
    /// Late rows and orderly stops in all runs so far.
    int64_t late_rows() const { return late_rows_; }
    int64_t stops() const { return stops_; }

  private:
    std::string run(const Case&, CompileResult&, const Setting&, Answer& out);
    /// Runs until `rows` rows were read and stops it (-1: to its end).
    std::string run_once(CompileResult&, int workers, int64_t rows, bool late);
    CompileResult compile_case(const Case&, jit::Tier tier);
    void write_tables(const Case&);

    std::filesystem::path folder_;
    int64_t late_rows_ = 0, stops_ = 0;
    pg_conn* connection_ = nullptr;
};

}  // namespace streamql::testing
