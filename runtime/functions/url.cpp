#include "runtime/functions/url.h"

#include "runtime/text/bytes_text.h"

namespace streamql {

namespace {

struct Url {
    std::string_view host, path, query;
};

Url split(std::string_view url) {
    Url u;
    url = url.substr(0, url.find('#'));
    size_t question = url.find('?');
    if (question != std::string_view::npos) {
        u.query = url.substr(question + 1);
        url = url.substr(0, question);
    }
    size_t scheme = url.find("://");
    if (scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    else if (url.starts_with("//"))
        url.remove_prefix(2);
    else {
        u.path = url;
        return u;
    }
    size_t slash = url.find('/');
    std::string_view host = url.substr(0, slash);
    if (slash != std::string_view::npos) u.path = url.substr(slash);
    size_t at = host.rfind('@');
    if (at != std::string_view::npos) host.remove_prefix(at + 1);
    size_t end = host.starts_with("[") ? host.find(']') + 1 : host.find(':');
    u.host = host.substr(0, end);
    return u;
}

void append_decoded(std::string_view s, std::string& to) {
    for (size_t i = 0; i < s.size(); ++i) {
        int high = s[i] == '%' && i + 2 < s.size() ? hex_digit(s[i + 1]) : -1,
            low = high >= 0 ? hex_digit(s[i + 2]) : -1;
        if (low >= 0) {
            to.push_back(static_cast<char>(high << 4 | low));
            i += 2;
        } else {
            to.push_back(s[i] == '+' ? ' ' : s[i]);
        }
    }
}

}  // namespace

STREAMQL_KERNEL(sqk_url_host) {
    Url u = split(a[0].str.view());
    return u.host.empty() ? give_null(out) : give(out, u.host);
}
STREAMQL_KERNEL(sqk_url_path) {
    Url u = split(a[0].str.view());
    return u.path.empty() ? give_null(out) : give(out, u.path);
}
STREAMQL_KERNEL(sqk_url_param) {
    std::string_view query = split(a[0].str.view()).query, wanted = a[1].str.view();
    while (!query.empty()) {
        std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
        size_t equals = pair.find('=');
        std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        std::string& text = scratch();
        append_decoded(pair.substr(0, equals), text);
        if (text != wanted) continue;
        text.clear();
        append_decoded(value, text);
        return give_copy(ctx, out, text);
    }
    return give_null(out);
}

}  // namespace streamql
