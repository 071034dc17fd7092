// Files as sources and sinks.
//
// What: a source reads one file, a folder or a glob, plain, .gz or .zst, each file a split whose offsets are line
// numbers from 0; `follow` waits for more at the end of plain files. A sink writes NAME.JOB.tmp and renames it when it
// is whole; devices, pipes and sockets are written straight through. Ownership and threading: as Source and Sink.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Connector file_connector();

}  // namespace streamql
