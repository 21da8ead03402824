/*
 * Conduction on a square by the same algorithm as the library's, in C: cell-centred finite volumes with harmonic means, conjugate gradients with
 * a multigrid cycle as preconditioner, red-black relaxation, constant transfers, every stage two rows behind the one before it.
 * Potentials 0 and 1 at the two ends. LANES systems are solved side by side in the lanes of a vector (compile with -DLANES=1, 2, 4, 8).
 * It exists to be timed beside the library, and must give the same numbers to the solver's tolerance.
 *
 *   planar INPUT ROUNDS [OUTPUT]
 * INPUT, little-endian float64: cells along a side (a power of two), number of porosities (a multiple of LANES), porosities [number][cells][cells].
 * OUTPUT: the potentials, likewise. Prints one JSON object: the least processor time of a round over all porosities, and the most iterations.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef LANES
#define LANES 2
#endif
enum { FINEST = 2, COARSER = 3, MOST_LEVELS = 16 };
static const double TOLERANCE = 1e-13;

#if LANES == 1
typedef double V;
#define LANE(v, l) (v)
#else
typedef double V __attribute__((vector_size(8 * LANES)));
#define LANE(v, l) ((v)[l])
#endif

typedef struct { int n, pitch, relaxations; V *gx, *gy, *d, *inverse, *b, *x; } Level;
static Level levels[MOST_LEVELS];
static int last, N;
static V *p, *q, *u;

static V *array(int n, int pitch) {
  size_t bytes = sizeof(V) * ((size_t)(n + 3) * pitch + 1 + pitch);
  void *memory;
  if (posix_memalign(&memory, 64, bytes)) exit(1);
  memset(memory, 0, bytes);
  return (V *)memory + pitch;
}

static void make(void) {
  int n = N, k = 0;
  for (;; n /= 2, k++) {
    int pitch = n + 1 + n % 2;
    Level *l = &levels[k];
    *l = (Level){n, pitch, k ? COARSER : FINEST, array(n, pitch), array(n, pitch), array(n, pitch),
                 array(n, pitch), array(n, pitch), array(n, pitch)};
    if (n == 1) break;
  }
  last = k;
  p = array(N, levels[0].pitch);
  q = array(N, levels[0].pitch);
  u = array(N, levels[0].pitch);
}

#define NEIGHBOURS(v, i) ((gx[i] * v[i - P] + gx[i + P] * v[i + P]) + (gy[i] * v[i - 1] + gy[i + 1] * v[i + 1]))

static void relax(const Level *l, int c, int from) {
  const int P = l->pitch, start = P + 2 * P * c + from, end = P + 2 * P * (c + 1);
  const V *restrict gx = l->gx, *restrict gy = l->gy, *restrict inverse = l->inverse, *restrict b = l->b;
  V *x = l->x;
  for (int i = start; i < end; i += 2) x[i] = inverse[i] * (b[i] + NEIGHBOURS(x, i));
}

static void begin(const Level *l, int c) {
  const int P = l->pitch, start = P + 2 * P * c + 1, end = P + 2 * P * (c + 1);
  for (int i = start; i < end; i += 2) l->x[i] = l->inverse[i] * l->b[i];
}

static void restricted(const Level *l, const Level *next, int c) {
  const int P = l->pitch;
  const V *restrict gx = l->gx, *restrict gy = l->gy, *restrict d = l->d, *restrict b = l->b, *restrict x = l->x;
  V *restrict to = next->b + next->pitch * (c + 1);
  for (int j = 0; j < next->n; j++) {
    const int i = P * (2 * c + 1) + 2 * j + 1, k = P * (2 * c + 2) + 2 * j;
    to[j] = (b[i] + NEIGHBOURS(x, i) - d[i] * x[i]) + (b[k] + NEIGHBOURS(x, k) - d[k] * x[k]);
  }
}

static void prolong(const Level *l, const Level *next, int c) {
  const V *restrict from = next->x + next->pitch * (c + 1);
  V *restrict x = l->x + l->pitch * (2 * c + 1);
  for (int j = 0; j < next->n; j++) {
    x[2 * j + 1] += from[j];
    x[l->pitch + 2 * j] += from[j];
  }
}

static V product(const V *v, const V *w, int c) {
  const int P = levels[0].pitch, start = P + 2 * P * c;
  V black = {0}, red = {0};
  for (int i = start; i < start + 2 * P; i += 2) black += v[i] * w[i], red += v[i + 1] * w[i + 1];
  return black + red;
}

static void down(int k) {
  const Level *l = &levels[k];
  const int count = (l->n + 1) / 2, stages = 2 * l->relaxations + 1;
  if (k == last) { relax(l, 0, 0); return; }
  for (int c = 0; c < count + stages - 1; c++)
    for (int s = 0; s < stages; s++) {
      const int behind = c - s;
      if (behind < 0 || behind >= count) continue;
      if (s == 0) begin(l, behind);
      else if (s == stages - 1) restricted(l, l + 1, behind);
      else relax(l, behind, s % 2 ? 0 : 1);
    }
}

static V up(int k) {
  const Level *l = &levels[k];
  const int count = (l->n + 1) / 2, stages = 2 * l->relaxations + 2;
  V sum = {0};
  for (int c = 0; c < count + stages - 1; c++)
    for (int s = 0; s < stages; s++) {
      const int behind = c - s;
      if (behind < 0 || behind >= count) continue;
      if (s == 0) prolong(l, l + 1, behind);
      else if (s == stages - 1) { if (k == 0) sum += product(l->b, l->x, behind); }
      else relax(l, behind, s % 2 ? 0 : 1);
    }
  return sum;
}

static V cycle(void) {
  V sum = {0};
  for (int k = 0; k <= last; k++) down(k);
  for (int k = last - 1; k >= 0; k--) sum = up(k);
  return sum;
}

static V turn(V factor) {
  const Level *l = &levels[0];
  const int P = l->pitch, count = (N + 1) / 2;
  const V *restrict gx = l->gx, *restrict gy = l->gy, *restrict d = l->d, *restrict x = l->x;
  V black = {0}, red = {0};
  for (int c = 0; c <= count; c++) {
    if (c < count) for (int i = P + 2 * P * c; i < P + 2 * P * (c + 1); i++) p[i] = x[i] + factor * p[i];
    if (c > 0)
      for (int i = P + 2 * P * (c - 1); i < P + 2 * P * c; i += 2) {
        V one = d[i] * p[i] - NEIGHBOURS(p, i), other = d[i + 1] * p[i + 1] - NEIGHBOURS(p, (i + 1));
        q[i] = one, q[i + 1] = other;
        black += p[i] * one, red += p[i + 1] * other;
      }
  }
  return black + red;
}

static V advance(V factor) {
  const int P = levels[0].pitch, end = P + 2 * P * ((N + 1) / 2);
  V *restrict b = levels[0].b;
  V black = {0}, red = {0};
  for (int i = P; i < end; i += 2) {
    u[i] += factor * p[i], u[i + 1] += factor * p[i + 1];
    b[i] -= factor * q[i], b[i + 1] -= factor * q[i + 1];
    black += b[i] * b[i], red += b[i + 1] * b[i + 1];
  }
  return black + red;
}

static V series(V a, V b, V c) { return 2 * a * b * c / (2 * a * c + b * (a + c)); }

/* Equations on all levels for the conductivities in q. */
static void assemble(void) {
  V *left = aligned_alloc(64, 64 * (2 * N * sizeof(V) / 64 + 1)), *right = left + N;
  const int P0 = levels[0].pitch;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      const int at = P0 * (i + 1) + j;
      if (i) levels[0].gx[at] = 2 * q[at - P0] * q[at] / (q[at - P0] + q[at]);
      if (j) levels[0].gy[at] = 2 * q[at - 1] * q[at] / (q[at - 1] + q[at]);
    }
  for (int j = 0; j < N; j++) left[j] = 2 * q[P0 + j], right[j] = 2 * q[P0 * N + j];
  for (int k = 0; k <= last; k++) {
    const Level *l = &levels[k];
    const int P = l->pitch, n = l->n;
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        const int at = P * (i + 1) + j;
        V d = (l->gx[at] + l->gx[at + P]) + (l->gy[at] + l->gy[at + 1]);
        if (i == 0) d += left[j];
        if (i == n - 1) d += right[j];
        l->d[at] = d;
        l->inverse[at] = 1 / d;
      }
    if (k == last) break;
    const Level *c = l + 1;
    for (int I = 0; I < c->n; I++)
      for (int J = 0; J < c->n; J++) {
        const int at = P * (2 * I + 1) + 2 * J, to = c->pitch * (I + 1) + J;
        const V *gx = l->gx + at, *gy = l->gy + at;
        if (I) c->gx[to] = series(gx[-P], gx[0], gx[P]) + series(gx[1 - P], gx[1], gx[1 + P]);
        if (J) c->gy[to] = series(gy[-1], gy[0], gy[1]) + series(gy[P - 1], gy[P], gy[P + 1]);
      }
    for (int J = 0; J < c->n; J++) {
      V l2 = {0}, r2 = {0};
      for (int j = 2 * J; j < 2 * J + 2; j++) {
        const V a = l->gx[2 * P + j], z = l->gx[P * n + j];
        l2 += 2 * a * left[j] / (2 * a + left[j]);
        r2 += 2 * z * right[j] / (2 * z + right[j]);
      }
      left[J] = l2, right[J] = r2;
    }
  }
  free(left);
}

/* LANES porosities eps [LANES][N][N] to phi, likewise. Returns the iterations. */
static int solve(const double *eps, double *phi) {
  const int P = levels[0].pitch, cells = N * N;
  memset(p, 0, sizeof(V) * (N + 3) * P);
  memset(u, 0, sizeof(V) * (N + 3) * P);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      for (int lane = 0; lane < LANES; lane++) LANE(q[P * (i + 1) + j], lane) = eps[lane * cells + i * N + j];
  V zero = {0}, square = {0};
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      V b = i == N - 1 ? 2 * q[P * N + j] : zero;
      levels[0].b[P * (i + 1) + j] = b;
      square += b * b;
    }
  assemble();
  memset(q, 0, sizeof(V) * (N + 3) * P);
  V energy = cycle(), factor = {0};
  int active[LANES], left = LANES, iterations = 1;
  for (int lane = 0; lane < LANES; lane++) active[lane] = 1;
  for (;; iterations++) {
    const V curvature = turn(factor);
    for (int lane = 0; lane < LANES; lane++) LANE(factor, lane) = active[lane] ? LANE(energy, lane) / LANE(curvature, lane) : 0;
    const V residual = advance(factor);
    for (int lane = 0; lane < LANES; lane++)
      if (active[lane] && sqrt(LANE(residual, lane)) <= TOLERANCE * sqrt(LANE(square, lane))) active[lane] = 0, left--;
    if (!left || iterations == 300) break;
    const V next = cycle();
    for (int lane = 0; lane < LANES; lane++) LANE(factor, lane) = active[lane] ? LANE(next, lane) / LANE(energy, lane) : 0;
    energy = next;
  }
  for (int lane = 0; lane < LANES; lane++)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) phi[lane * cells + i * N + j] = LANE(u[P * (i + 1) + j], lane);
  return iterations;
}

int main(int argc, char **argv) {
  FILE *in = fopen(argv[1], "rb");
  double head[2];
  if (!in || fread(head, 8, 2, in) != 2) return 1;
  N = (int)head[0];
  const size_t count = (size_t)head[1], cells = (size_t)N * N;
  double *eps = malloc(8 * count * cells), *phi = malloc(8 * count * cells);
  if (fread(eps, 8, count * cells, in) != count * cells) return 1;
  make();
  double best = INFINITY;
  int most = 0;
  for (int round = 0; round < atoi(argv[2]); round++) {
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (size_t k = 0; k < count; k += LANES) {
      const int iterations = solve(eps + k * cells, phi + k * cells);
      if (iterations > most) most = iterations;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    best = fmin(best, b.tv_sec - a.tv_sec + 1e-9 * (b.tv_nsec - a.tv_nsec));
  }
  if (argc > 3) {
    FILE *out = fopen(argv[3], "wb");
    fwrite(phi, 8, count * cells, out);
    fclose(out);
  }
  printf("{\"processorSeconds\": %.9g, \"iterations\": %d}\n", best, most);
  return 0;
}
