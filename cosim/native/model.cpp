// A macro to be poked and peeked at; see cosim/native/model.py. Only in libraries for debugging.

#include "instance.h"
#include "verilated_save.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace {

// Verilator's own stream of a model, in memory.
class Writer final : public VerilatedSerialize {
  public:
    std::vector<uint8_t> bytes;

    explicit Writer(TOP& top) {
        m_isOpen = true;
        *this << top;
        flush();
    }
    void flush() override {
        bytes.insert(bytes.end(), m_bufp, m_cp);
        m_cp = m_bufp;
    }
};

// Reads what Writer wrote, and no more of it than there is.
class Reader final : public VerilatedDeserialize {
  public:
    Reader(const uint8_t* bytes, uint64_t length) : next{bytes}, left{length} {
        m_isOpen = true;
        m_endp = m_bufp;
    }
    void fill() override {
        const std::size_t kept = m_endp - m_cp;
        std::memmove(m_bufp, m_cp, kept);
        const std::size_t more = std::min<uint64_t>(left, bufferSize() - kept);
        std::memcpy(m_bufp + kept, next, more);
        next += more;
        left -= more;
        m_cp = m_bufp;
        m_endp = m_bufp + kept + more;
    }

  private:
    const uint8_t* next;
    uint64_t left;
};

struct Model {
    Instance instance;
    std::vector<uint8_t> saved;
};

struct Place {
    void* at;
    uint64_t bytes;
};

}  // namespace

extern "C" {

Model* ohmloop_model_new() { return new Model; }

void ohmloop_model_free(Model* model) { delete model; }

// Where the value of a port or register lies: all ports come first, least significant byte first.
void ohmloop_model_place(Model* model, uint64_t index, Place* place) {
    TOP& top = model->instance.top;
    ROOT& root = *top.rootp;
    const Place places[] = {
#define PLACE(port) {&top.port, sizeof(top.port)},
        PORTS(PLACE)
#undef PLACE
#define PLACE(register_) {&root.register_, sizeof(root.register_)},
        REGISTERS(PLACE)
#undef PLACE
    };
    *place = places[index];
}

// Lets the outputs follow the inputs; the clock rests high, right after its edge.
void ohmloop_model_eval(Model* model) {
    model->instance.enter();
    model->instance.top.clk = 1;
    model->instance.top.eval();
}

void ohmloop_model_step(Model* model, uint64_t cycle, uint64_t cycles) {
    model->instance.enter();
    for (uint64_t n = 0; n < cycles; n++) {
        model->instance.settle(cycle + n);
        model->instance.edge();
    }
}

int ohmloop_model_begin_trace(Model* model, const char* path, uint64_t half_period) {
    model->instance.enter();
    return model->instance.begin_trace(path, half_period);
}

void ohmloop_model_end_trace(Model* model) {
    model->instance.enter();
    model->instance.end_trace();
}

// Puts the state aside and returns its length, for `ohmloop_model_saved` to copy.
uint64_t ohmloop_model_save(Model* model) {
    model->instance.enter();
    model->saved = Writer{model->instance.top}.bytes;
    return model->saved.size();
}

void ohmloop_model_saved(Model* model, uint8_t* bytes) {
    std::memcpy(bytes, model->saved.data(), model->saved.size());
}

// Takes back what `ohmloop_model_save` of the same library gave; anything else may end the process.
void ohmloop_model_restore(Model* model, const uint8_t* bytes, uint64_t length) {
    model->instance.enter();
    Reader reader{bytes, length};
    reader >> model->instance.top;
}

}  // extern "C"
