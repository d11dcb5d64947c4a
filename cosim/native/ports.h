// Ports of any width as 32-bit words, least significant first.

#pragma once

#include "verilated.h"

#include <cstdint>
#include <cstring>

inline void put(CData& port, const uint32_t* words) { port = static_cast<CData>(words[0]); }
inline void put(SData& port, const uint32_t* words) { port = static_cast<SData>(words[0]); }
inline void put(IData& port, const uint32_t* words) { port = words[0]; }
inline void put(QData& port, const uint32_t* words) {
    port = words[0] | static_cast<QData>(words[1]) << 32;
}
template <std::size_t N>
void put(VlWide<N>& port, const uint32_t* words) {
    std::memcpy(&port[0], words, sizeof(uint32_t) * N);
}

inline void get(CData port, uint32_t* words) { words[0] = port; }
inline void get(SData port, uint32_t* words) { words[0] = port; }
inline void get(IData port, uint32_t* words) { words[0] = port; }
inline void get(QData port, uint32_t* words) {
    words[0] = static_cast<uint32_t>(port);
    words[1] = static_cast<uint32_t>(port >> 32);
}
template <std::size_t N>
void get(const VlWide<N>& port, uint32_t* words) {
    std::memcpy(words, &port[0], sizeof(uint32_t) * N);
}

inline bool same(CData port, const uint32_t* words) { return port == words[0]; }
inline bool same(SData port, const uint32_t* words) { return port == words[0]; }
inline bool same(IData port, const uint32_t* words) { return port == words[0]; }
inline bool same(QData port, const uint32_t* words) {
    return port == (words[0] | static_cast<QData>(words[1]) << 32);
}
template <std::size_t N>
bool same(const VlWide<N>& port, const uint32_t* words) {
    return std::memcmp(&port[0], words, sizeof(uint32_t) * N) == 0;
}
