// The sink that shows rows on standard output: an aligned table, JSON lines or CSV.
//
// What: a table's header comes first, and again where columns had to grow or, on a terminal, after a screenful of rows;
// lines are cut to a terminal's width. Changes are led by + or -. Threading: as Sink.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Connector console_connector();

/// To a given descriptor; `width` is the terminal's, 0 = no terminal.
Result<std::unique_ptr<Sink>> make_console_sink(const SinkSpec& sink, int fd, int width);

}  // namespace streamql
