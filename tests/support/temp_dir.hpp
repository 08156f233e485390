// SPDX-License-Identifier: MIT
#pragma once

// support/temp_dir — a directory that is gone, with all in it, at the end of the scope.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace support {

class temp_dir {
public:
    temp_dir() {
        std::string name = (std::filesystem::temp_directory_path() / "braid-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = name;
    }
    temp_dir(const temp_dir&) = delete;
    temp_dir& operator=(const temp_dir&) = delete;
    ~temp_dir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string path(std::string_view inside = "") const {
        return inside.empty() ? path_.string() : (path_ / inside).string();
    }

    /// Writes a file, and makes the directories on its way. Returns its path.
    std::string write(std::string_view inside, std::string_view text) const {
        const std::filesystem::path file = path_ / inside;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
        return file.string();
    }

private:
    std::filesystem::path path_;
};

} // namespace support
