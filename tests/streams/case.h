// One case of the law stream = batch: tables with rows, a query in our words and the same query in PostgreSQL's.
//
// What: cases are made by random_case() from a seed, or read from tests/streams/cases/ (failures that were minimised
// and kept). Values are PostgreSQL's text forms; a missing one is NULL. Rows stand in order of arrival within their
// partition.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace streamql::testing {

struct CaseColumn {
    std::string name,
        type;  ///< a spelling that both sides know: INTEGER, BIGINT, NUMERIC(12,2), DOUBLE PRECISION, TEXT ...
};
struct CaseRow {
    int partition = 0;
    std::vector<std::optional<std::string>> values;
};
struct CaseTable {
    std::string name;
    std::vector<CaseColumn> columns;  ///< one is "ts" TIMESTAMP, the event time
    int64_t delay = 0;                ///< of the watermark, microseconds
    int partitions = 1;
    bool late = false;  ///< some rows come behind their partition's watermark; PostgreSQL sees that one as _wm
    std::vector<CaseRow> rows;
};
/// The i-th select item, as each side writes it.
struct CaseItem {
    std::string stream, postgres;
};
struct Case {
    uint64_t seed = 0;
    std::string form;  ///< what kind of query it is
    std::vector<CaseTable> tables;
    std::vector<CaseItem> items;
    std::string stream_from, postgres_from;  ///< everything from FROM on

    /// Every output as text, so that both sides print it.
    std::string stream_query() const;
    std::string postgres_query() const;
};

Case random_case(uint64_t seed);
std::string to_json(const Case&);
Case case_from_json(const std::string&);

}  // namespace streamql::testing
