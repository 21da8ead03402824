/**
 * TensorFlow operations FilmSilu and FilmSiluGrad: feature-wise linear modulation and the SiLU activation in one pass over memory,
 *   z = scale x + shift,  s = 1 / (1 + exp(-z)),  y = z s,
 *   dz = dy s (1 + z (1 - s)),  dx = scale dz,  dscale = sum over positions of x dz,  dshift = sum over positions of dz,
 * with one scale and one shift for each sample and channel. Written with TensorFlow's own operations (lib/graph/film.ts) the same takes four
 * passes forward and nine back, and the arithmetic of one is hidden behind the memory that another moves. Nothing but x is kept for the way back:
 * to compute s again costs less than to load it.
 *
 * x, y: [samples, ..., channels], anything between the two counts as positions; scale and shift hold samples x channels numbers. Samples are
 * divided among the library's threads and each is summed in order: the result does not depend on their number.
 */
#include <algorithm>
#include <cstdint>
#include <cstring>

#include <node_api.h>

#include "absl/status/status.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tensorflow/core/util/work_sharder.h"

// The loops are compiled for several generations of processors; the loader chooses.
#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;

/**
 * exp(x) to about one unit in the last place, without a branch or a call, so that loops of it become vector instructions: with
 * n = round(x / ln 2) and r = x - n ln 2 in [-ln 2 / 2, ln 2 / 2],  exp(x) = 2^n exp(r), and exp(r) by its Taylor series to r^7, whose
 * remainder (ln 2 / 2)^8 / 8! is 5e-9. ln 2 is subtracted in two parts, of which the first has few enough bits for n ln2High to be exact.
 */
__attribute__((always_inline))  // each version of the loops below needs it inside
inline float exponential(float x) {
  constexpr float kLog2E = 1.44269504f;
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: adding it leaves no bits after the point
  x = std::min(89.0f, std::max(-87.0f, x));  // 2^n is a normal number from -87 to 88, and infinite at 89
  const float n = (x * kLog2E + kRounder) - kRounder;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  const int32_t exponent = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &exponent, sizeof power);
  return p * power;
}

struct Sizes {
  int64_t samples, positions, channels;
};

/** One sample forward. */
FOR_EACH_PROCESSOR
void modulate(const float* x, const float* scale, const float* shift, float* y, int64_t positions, int64_t channels) {
  for (int64_t i = 0; i < positions; ++i, x += channels, y += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const float z = scale[c] * x[c] + shift[c];
      y[c] = z / (1.0f + exponential(-z));
    }
  }
}

/** One sample back. */
FOR_EACH_PROCESSOR
void differentiate(const float* __restrict x, const float* __restrict scale, const float* __restrict shift,
                   const float* __restrict dy, float* __restrict dx, float* __restrict dscale,
                   float* __restrict dshift, int64_t positions, int64_t channels) {
  std::fill_n(dscale, channels, 0.0f);
  std::fill_n(dshift, channels, 0.0f);
  for (int64_t i = 0; i < positions; ++i, x += channels, dy += channels, dx += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const float z = scale[c] * x[c] + shift[c];
      const float s = 1.0f / (1.0f + exponential(-z));
      const float dz = dy[c] * s * (1.0f + z * (1.0f - s));
      dx[c] = scale[c] * dz;
      dscale[c] += x[c] * dz;
      dshift[c] += dz;
    }
  }
}

/** Sizes of x if scale and shift fit it. */
absl::Status sizesOf(const Tensor& x, const Tensor& scale, const Tensor& shift, Sizes* sizes) {
  if (x.dims() < 2) return absl::InvalidArgumentError("x must be [samples, ..., channels], got " + x.shape().DebugString());
  const int64_t samples = x.dim_size(0), channels = x.dim_size(x.dims() - 1);
  const int64_t expected = samples * channels;
  if (scale.NumElements() != expected || shift.NumElements() != expected) {
    return absl::InvalidArgumentError("scale and shift need one number for each sample and channel of x " + x.shape().DebugString() +
                                      ", got " + scale.shape().DebugString() + " and " + shift.shape().DebugString());
  }
  *sizes = {samples, expected == 0 ? 0 : x.NumElements() / expected, channels};
  return absl::OkStatus();
}

/** Calls `f(sample)` for all samples on the library's threads; `passes` is the work for one number of x, in cycles or so. */
template <typename F>
void forEachSample(OpKernelContext* context, const Sizes& n, int64_t passes, const F& f) {
  const auto* threads = context->device()->tensorflow_cpu_worker_threads();
  tensorflow::Shard(threads->num_threads, threads->workers, n.samples, passes * n.positions * n.channels,
                    [&f](int64_t from, int64_t to) {
                      for (int64_t sample = from; sample < to; ++sample) f(sample);
                    });
}

const float* numbers(const Tensor& tensor) { return tensor.flat<float>().data(); }
float* numbers(Tensor* tensor) { return tensor->flat<float>().data(); }

class FilmSilu : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &scale = context->input(1), &shift = context->input(2);
    Sizes n;
    OP_REQUIRES_OK(context, sizesOf(x, scale, shift, &n));
    Tensor* y = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    const float *px = numbers(x), *pa = numbers(scale), *pb = numbers(shift);
    float* py = numbers(y);
    const int64_t size = n.positions * n.channels, c = n.channels;
    forEachSample(context, n, 2, [=](int64_t s) { modulate(px + s * size, pa + s * c, pb + s * c, py + s * size, n.positions, c); });
  }
};

class FilmSiluGrad : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &scale = context->input(1), &shift = context->input(2), &dy = context->input(3);
    Sizes n;
    OP_REQUIRES_OK(context, sizesOf(x, scale, shift, &n));
    OP_REQUIRES(context, dy.shape() == x.shape(), absl::InvalidArgumentError("dy must have the shape of x, " + x.shape().DebugString() + ", got " + dy.shape().DebugString()));
    Tensor *dx = nullptr, *dscale = nullptr, *dshift = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    OP_REQUIRES_OK(context, context->allocate_output(1, scale.shape(), &dscale));
    OP_REQUIRES_OK(context, context->allocate_output(2, shift.shape(), &dshift));
    const float *px = numbers(x), *pa = numbers(scale), *pb = numbers(shift), *pdy = numbers(dy);
    float *pdx = numbers(dx), *pda = numbers(dscale), *pdb = numbers(dshift);
    const int64_t size = n.positions * n.channels, c = n.channels;
    forEachSample(context, n, 4, [=](int64_t s) {
      differentiate(px + s * size, pa + s * c, pb + s * c, pdy + s * size, pdx + s * size, pda + s * c, pdb + s * c, n.positions, c);
    });
  }
};

/** Output k has the shape of input k. */
absl::Status shapesOfInputs(tensorflow::shape_inference::InferenceContext* context) {
  for (int k = 0; k < context->num_outputs(); ++k) context->set_output(k, context->input(k));
  return absl::OkStatus();
}

REGISTER_OP("FilmSilu")
    .Input("x: float")
    .Input("scale: float")
    .Input("shift: float")
    .Output("y: float")
    .SetShapeFn(shapesOfInputs);
REGISTER_OP("FilmSiluGrad")
    .Input("x: float")
    .Input("scale: float")
    .Input("shift: float")
    .Input("dy: float")
    .Output("dx: float")
    .Output("dscale: float")
    .Output("dshift: float")
    .SetShapeFn(shapesOfInputs);
REGISTER_KERNEL_BUILDER(Name("FilmSilu").Device(tensorflow::DEVICE_CPU), FilmSilu);
REGISTER_KERNEL_BUILDER(Name("FilmSiluGrad").Device(tensorflow::DEVICE_CPU), FilmSiluGrad);

}  // namespace

/** Loading this module makes the two operations known to the library; there is nothing else in it. */
NAPI_MODULE_INIT() { return exports; }
