// A commit: what a job knows of itself at the end of an epoch, and goes on from.
//
// What: plain values; commit_bytes() and read_commit() are their form in the state folder: CBOR (RFC 8949) behind a
// magic, a format version and a checksum. Invariants: what read_commit() accepts was written whole. Errors: kState,
// naming the file. Threading: plain values.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/metrics/ledger.h"
#include "runtime/types/type.h"

namespace streamql {

struct SplitCommit {
    uint32_t partition = 0;
    std::string name, position;  ///< position: the connector's own bytes
    int64_t watermark = kMinTime;
};

struct SourceCommit {
    std::string name, place;
    std::vector<SplitCommit> splits;
};

/// A stateful operator: its name says which it is, the parts of its layout what its entries look like.
struct OperatorCommit {
    std::string name;
    std::vector<std::pair<std::string, std::string>> layout;
};

struct Commit {
    std::string job;
    std::string folder_id;  ///< random, made with the state folder
    int64_t epoch = 0;
    int64_t time = 0;     ///< processing time, microseconds
    int64_t begun = 0;    ///< processing time of the first of the runs that it sums up
    bool ended = false;   ///< the input had ended and every window was closed
    bool closed = false;  ///< ... and all sinks were closed behind it: never resumed
    std::vector<SourceCommit> sources;
    std::vector<LedgerLine> lines;
    std::map<std::string, std::string> sinks;  ///< by name: what Sink::prepare() recorded
    int64_t dead_letter_bytes = 0, dead_letters = 0;
    std::vector<OperatorCommit> operators;
    std::string savepoint;  ///< file in the folder; empty: no state
    int64_t savepoint_entries = 0;
};

std::string commit_bytes(const Commit& commit);
/// `path` is only named in errors.
Result<Commit> read_commit(const std::string& bytes, const std::string& path);

}  // namespace streamql
