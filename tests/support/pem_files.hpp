#pragma once

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <partita/runtime/security.hpp>

#include "temporary_directory.hpp"

namespace partita::testing {

template <auto Free>
struct releasing {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using key_handle = std::unique_ptr<EVP_PKEY, releasing<EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, releasing<X509_free>>;

constexpr long day_s = 24L * 60 * 60;

/// A certificate to be.
struct wish {
    std::string common_name;
    std::string alternatives;  ///< as openssl.cnf writes them: "DNS:n1"
    long ends_s = day_s;       ///< from now
    bool is_authority = false;
};

/// A certificate and its key.
struct pair_of {
    key_handle key;
    certificate_handle certificate;
};

inline void add_extension(X509* to, int kind, const std::string& value) {
    X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    ASSERT_NE(made, nullptr) << value;
    X509_add_ext(to, made, -1);
    X509_EXTENSION_free(made);
}

/// Signed by `by`, or by itself.
inline pair_of make(const wish& wanted, const pair_of* by = nullptr) {
    static long serial = 0;
    pair_of made{key_handle(EVP_EC_gen("P-256")), certificate_handle(X509_new())};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * day_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.ends_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()),
                               -1, -1, 0);
    const X509* issuer = by != nullptr ? by->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, made.key.get());
    add_extension(certificate, NID_basic_constraints,
                  wanted.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!wanted.alternatives.empty()) {
        add_extension(certificate, NID_subject_alt_name, wanted.alternatives);
    }
    EXPECT_GT(X509_sign(certificate, by != nullptr ? by->key.get() : made.key.get(), EVP_sha256()),
              0);
    return made;
}

/// A folder of PEM files, gone at the end of the test.
class pem_files {
   public:
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
    std::string write(const std::string& name, X509* certificate) const {
        return write(name, [&](std::FILE* to) { return PEM_write_X509(to, certificate); });
    }
    std::string write(const std::string& name, EVP_PKEY* key,
                      const EVP_CIPHER* cipher = nullptr) const {
        auto* word = reinterpret_cast<const unsigned char*>("word");
        return write(name, [&](std::FILE* to) {
            return PEM_write_PrivateKey(to, key, cipher, word, cipher != nullptr ? 4 : 0, nullptr,
                                        nullptr);
        });
    }
    /// The three files of one node.
    [[nodiscard]] tls_options node(const std::string& name, const pair_of& own,
                                   const pair_of& authority) const {
        return {write(name + ".pem", own.certificate.get()), write(name + ".key", own.key.get()),
                write(name + "_authority.pem", authority.certificate.get())};
    }

   private:
    std::string write(const std::string& name, const std::function<int(std::FILE*)>& put) const {
        std::FILE* file = std::fopen(path(name).c_str(), "w");
        EXPECT_TRUE(file != nullptr && put(file) == 1);
        std::fclose(file);
        return path(name);
    }
    test::temporary_directory folder_;
};

}  // namespace partita::testing
