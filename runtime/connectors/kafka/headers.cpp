#include "runtime/connectors/kafka/headers.h"

#include <map>
#include <string_view>

#include "runtime/text/bytes_text.h"
#include "runtime/text/json_text.h"
#include "runtime/text/utf8.h"

namespace streamql::kafka {
namespace {

std::string bytes_text(std::string_view bytes) {
    if (is_utf8(bytes)) return std::string(bytes);
    std::string out = "\\x";
    append_hex(bytes, out);
    return out;
}

}  // namespace

std::string headers_json(const rd_kafka_message_t* message) {
    rd_kafka_headers_t* headers = nullptr;
    std::map<std::string_view, std::string> values;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        size_t size = 0;
        for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i) {
            std::string text = "null";
            if (value) {
                text.clear();
                append_json_string(bytes_text({static_cast<const char*>(value), size}), text);
            }
            values[name] = std::move(text);
        }
    }
    std::string out = "{";
    for (auto& [name, text] : values) {
        if (out.size() > 1) out += ',';
        append_json_string(bytes_text(name), out);
        out += ':' + text;
    }
    return out + "}";
}

}  // namespace streamql::kafka
