/*
 * The published ensemble by the same algorithm as the library's, in C: Philox4x32-10 counters, normals by Wichura's
 * quantile, the covariance's factor by Schur's algorithm, elimination without subtraction, and the concentration at T
 * from nine resolvents on a contour. Plain loops; what can be vectorised is left to the compiler. It exists to be
 * timed beside the library, and must give the same numbers to rounding.
 *
 *   ensemble INPUT THREADS [OUTPUT]
 * INPUT, little-endian float64: cells, count, number of conditions; then for each l, U0, F_right and the four words of its
 * stream's identity. OUTPUT: [conditions, count, 2, cells] float64. Prints one JSON object with the seconds it
 * took: of the clock, and of all processors together.
 */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { NODES = 9, BATCH = 125 };
static const double LENGTH = 1e-4, TIME = 100, STEPS = 1000, NUGGET = 1e-4;
static const double KAPPA_0 = 1, D_0 = 3e-11, A_0 = 5e5, T_PLUS = 0.4, C_RIGHT = 1000, FARADAY = 96485.33212, K_RN = 0.1;

typedef struct { uint32_t w[4]; } Words;
typedef struct { double l, U0, F; Words identity; } Condition;

static int N, COUNT, CONDITIONS;
static Condition *conditions;
static double *fields;
static double zRe[NODES], zIm[NODES], wRe[NODES], wIm[NODES];

static Words philox(Words c, uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xd2511f53u * c.w[0], p1 = (uint64_t)0xcd9e8d57u * c.w[2];
    Words n = {{(uint32_t)(p1 >> 32) ^ c.w[1] ^ k0, (uint32_t)p1, (uint32_t)(p0 >> 32) ^ c.w[3] ^ k1, (uint32_t)p0}};
    c = n;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  return c;
}

static Words child(Words parent, uint32_t n) {
  Words e = philox(parent, n, 1u << 28);
  for (int i = 0; i < 4; i++) e.w[i] ^= parent.w[i];
  return e;
}

static double quantile(double u) {
  double q = u - 0.5;
  if (fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608) /
           (((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1);
  }
  double r = sqrt(-log(q < 0 ? u : 1 - u)), size;
  if (r <= 5) {
    r -= 1.6;
    size = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r + 1.42343711074968357734) /
           (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1);
  } else {
    r -= 5;
    size = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772) /
           (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1);
  }
  return q < 0 ? -size : size;
}

static double uniform(uint32_t a, uint32_t b) {
  return ((a >> 6) * 67108864.0 + (b >> 6) + 0.5) * 0x1p-52;
}

static void normals(Words s, double *z) {
  for (int i = 0; i < N; i += 2) {
    Words c = {{(uint32_t)(i / 2), 0, s.w[2], s.w[3]}};
    c = philox(c, s.w[0], s.w[1]);
    z[i] = quantile(uniform(c.w[0], c.w[1]));
    if (i + 1 < N) z[i + 1] = quantile(uniform(c.w[2], c.w[3]));
  }
}

static void factor(double l, double *L, double *u, double *v) {
  double scale = 1 / sqrt(1 + NUGGET);
  for (int i = 0; i < N; i++) {
    double r = i * LENGTH / N / l;
    u[i] = v[i] = (exp(-0.5 * r * r) + (i == 0 ? NUGGET : 0)) * scale;
    L[(size_t)i * N] = u[i];
  }
  v[0] = 0;
  for (int k = 1; k < N; k++) {
    double rho = v[k] / u[k - 1], c = sqrt((1 - rho) * (1 + rho)), turn = 1 / c;
    for (int i = N - 1; i >= k; i--) {
      double turned = (u[i - 1] - rho * v[i]) * turn;
      v[i] = c * v[i] - rho * turned;
      u[i] = turned;
      L[(size_t)i * N + k] = turned;
    }
  }
}

/* Four vectors at a time, as in the library. */
static void lowerTimes(const double *L, const double *z, double *g, int count) {
  int k = 0;
  for (; k + 4 <= count; k += 4) {
    const double *a = z + (size_t)k * N, *b = a + N, *c = b + N, *d = c + N;
    double *out = g + (size_t)k * N;
    for (int i = 0; i < N; i++) {
      double ga = 0, gb = 0, gc = 0, gd = 0;
      const double *row = L + (size_t)i * N;
      for (int j = 0; j <= i; j++) {
        ga += row[j] * a[j];
        gb += row[j] * b[j];
        gc += row[j] * c[j];
        gd += row[j] * d[j];
      }
      out[i] = ga;
      out[N + i] = gb;
      out[2 * N + i] = gc;
      out[3 * N + i] = gd;
    }
  }
  for (; k < count; k++)
    for (int i = 0; i < N; i++) {
      double sum = 0;
      for (int j = 0; j <= i; j++) sum += L[(size_t)i * N + j] * z[(size_t)k * N + j];
      g[(size_t)k * N + i] = sum;
    }
}

static void contour(void) {
  double h = 1.081792 / NODES, mu = 4.492075 * NODES, alpha = 1.172104;
  for (int j = 0; j < NODES; j++) {
    double u = (j + 0.5) * h;
    double x = mu * (1 - sin(alpha) * cosh(u)), y = mu * cos(alpha) * sinh(u);
    double sRe = -mu * sin(alpha) * sinh(u), sIm = mu * cos(alpha) * cosh(u);
    double re = 1 - x / STEPS, im = -y / STEPS;
    double magnitude = -STEPS * 0.5 * log(re * re + im * im), phase = -STEPS * atan2(im, re);
    double scale = exp(magnitude) * h / M_PI, fRe = scale * cos(phase), fIm = scale * sin(phase);
    double s = x * x + y * y, qRe = (sIm * x - sRe * y) / s, qIm = -(sRe * x + sIm * y) / s;
    zRe[j] = x;
    zIm[j] = y;
    wRe[j] = fRe * qRe - fIm * qIm;
    wIm[j] = fRe * qIm + fIm * qRe;
  }
}

typedef struct {
  double *g, *a, *x, *m, *r, *b, *d, *rise, *storage, *supply;
  double *mRe, *mIm, *rRe, *rIm, *bRe, *bIm; /* [cells, nodes] */
} Work;

static void potential(const double *eps, double F, Work *w) {
  int end = N - 1;
  double h = LENGTH / N, hold = 0, supply = F;
  for (int i = 0; i < N; i++) w->b[i] = KAPPA_0 * eps[i] * sqrt(eps[i]);
  for (int i = 0; i < end; i++) w->g[i] = 2 * w->b[i] * w->b[i + 1] / (w->b[i] + w->b[i + 1]) / h;
  for (int i = 0; i < N; i++) {
    double rest = -1000 * (i + 0.5) * h, a = K_RN * A_0 * (1 - eps[i]) * h;
    w->a[i] = a;
    hold += a;
    supply += a * rest;
  }
  double level = supply / hold;
  for (int i = 0; i < N; i++) w->b[i] = w->a[i] * (-1000 * (i + 0.5) * h - level);
  w->b[end] += F;
  double excess = w->a[0];
  for (int i = 0; i < end; i++) {
    double inverse = 1 / (w->g[i] + excess), share = w->g[i] * inverse;
    w->x[i] = excess;
    w->r[i] = inverse;
    w->m[i] = share;
    excess = w->a[i + 1] + share * excess;
  }
  w->r[end] = 1 / excess;
  double carried = w->b[0];
  for (int i = 1; i < N; i++) w->b[i] = carried = w->b[i] + w->m[i - 1] * carried;
  double u = w->b[end] * w->r[end];
  for (int i = end - 1; i >= 0; i--) {
    double step = (w->x[i] * u - w->b[i]) * w->r[i];
    w->d[i] = step;
    u -= step;
  }
  double rise = 0;
  for (int i = 0; i < N; i++) {
    w->rise[i] = rise;
    rise += w->d[i];
  }
}

static void concentration(const double *eps, double U0, Work *w, double *out) {
  int n = N - 1;
  double h = LENGTH / N, charge = (1 - T_PLUS) / FARADAY * h * K_RN;
  for (int i = 0; i < N; i++) w->storage[i] = eps[i] * h;
  for (int i = 0; i < n; i++) w->g[i] *= D_0 / KAPPA_0; /* the same law as the conductance */
  for (int i = 0; i < n; i++) w->supply[i] = charge * A_0 * (1 - eps[i]) * (-1000 * (i + 0.5) * h - w->rise[i] - U0);
  for (int i = 0; i < N; i++) out[i] = C_RIGHT;
  /* All nodes side by side: each is a chain in which a cell waits for the last, and the compiler can vectorise over them. */
  double x[NODES] = {0}, y[NODES] = {0}, b[NODES] = {0}, c[NODES] = {0};
  for (int i = 0; i < n; i++) {
    double gi = w->g[i], e = w->storage[i] / TIME;
    for (int j = 0, o = NODES * i; j < NODES; j++, o++) {
      x[j] += zRe[j] * e;
      y[j] += zIm[j] * e;
      double a = gi + x[j], s = 1 / (a * a + y[j] * y[j]), rr = a * s, ri = -y[j] * s, mr = gi * rr, mi = gi * ri;
      w->rRe[o] = rr;
      w->rIm[o] = ri;
      w->mRe[o] = mr;
      w->mIm[o] = mi;
      b[j] += w->supply[i];
      w->bRe[o] = b[j];
      w->bIm[o] = c[j];
      double t = mr * x[j] - mi * y[j];
      y[j] = mr * y[j] + mi * x[j];
      x[j] = t;
      t = mr * b[j] - mi * c[j];
      c[j] = mr * c[j] + mi * b[j];
      b[j] = t;
    }
  }
  for (int j = 0; j < NODES; j++) x[j] = y[j] = 0;
  for (int i = n - 1; i >= 0; i--) {
    double sum = 0;
    for (int j = 0, o = NODES * i; j < NODES; j++, o++) {
      double t = w->mRe[o] * x[j] - w->mIm[o] * y[j] + (w->rRe[o] * w->bRe[o] - w->rIm[o] * w->bIm[o]);
      y[j] = w->mRe[o] * y[j] + w->mIm[o] * x[j] + (w->rRe[o] * w->bIm[o] + w->rIm[o] * w->bRe[o]);
      x[j] = t;
      sum += wRe[j] * x[j] - wIm[j] * y[j];
    }
    out[i] += sum;
  }
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long next;

static void *thread(void *unused) {
  (void)unused;
  double *L = calloc((size_t)N * N, 8), *z = malloc(8ul * N * BATCH), *g = malloc(8ul * N * BATCH);
  double *space = calloc((size_t)N * (12 + 6 * NODES), 8), *free_space = space + 2 * (size_t)N;
  Work w;
  double **small[] = {&w.g, &w.a, &w.x, &w.m, &w.r, &w.b, &w.d, &w.rise, &w.storage, &w.supply};
  double **large[] = {&w.mRe, &w.mIm, &w.rRe, &w.rIm, &w.bRe, &w.bIm};
  for (int i = 0; i < 10; i++, free_space += N) *small[i] = free_space;
  for (int i = 0; i < 6; i++, free_space += (size_t)NODES * N) *large[i] = free_space;
  long total = (long)CONDITIONS * COUNT;
  int factored = -1;
  for (;;) {
    pthread_mutex_lock(&lock);
    long from = next, to = from + BATCH < total ? from + BATCH : total;
    next = to;
    pthread_mutex_unlock(&lock);
    if (from >= total) break;
    while (from < to) {
      int i = (int)(from / COUNT), first = (int)(from % COUNT);
      int count = COUNT - first < to - from ? COUNT - first : (int)(to - from);
      Condition c = conditions[i];
      if (factored != i) factor(c.l, L, space, space + N);
      factored = i;
      for (int k = 0; k < count; k++) normals(child(c.identity, (uint32_t)(first + k)), z + (size_t)k * N);
      lowerTimes(L, z, g, count);
      for (long k = 0; k < (long)count * N; k++) g[k] = 0.2 + 0.3 / (1 + exp(-g[k]));
      for (int k = 0; k < count; k++) {
        double *out = fields + (from + k) * 2 * N;
        potential(g + (size_t)k * N, c.F, &w);
        concentration(g + (size_t)k * N, c.U0, &w, out);
        memcpy(out + N, w.rise, 8ul * N);
      }
      from += count;
    }
  }
  free(L);
  free(z);
  free(g);
  free(space);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  FILE *in = fopen(argv[1], "rb");
  double head[3], row[7];
  if (!in || fread(head, 8, 3, in) != 3) return 2;
  N = (int)head[0];
  COUNT = (int)head[1];
  CONDITIONS = (int)head[2];
  conditions = malloc(sizeof(Condition) * CONDITIONS);
  for (int i = 0; i < CONDITIONS; i++) {
    if (fread(row, 8, 7, in) != 7) return 2;
    conditions[i].l = row[0];
    conditions[i].U0 = row[1];
    conditions[i].F = row[2];
    for (int j = 0; j < 4; j++) conditions[i].identity.w[j] = (uint32_t)(int32_t)row[3 + j];
  }
  fclose(in);
  int threads = atoi(argv[2]);
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  fields = malloc(16ul * N * COUNT * CONDITIONS);
  contour();
  pthread_t *pool = malloc(sizeof(pthread_t) * threads);
  for (int i = 0; i < threads; i++) pthread_create(&pool[i], NULL, thread, NULL);
  for (int i = 0; i < threads; i++) pthread_join(pool[i], NULL);
  clock_gettime(CLOCK_MONOTONIC, &end);
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("{\"seconds\": %.6f, \"processorSeconds\": %.6f}\n",
         end.tv_sec - start.tv_sec + 1e-9 * (end.tv_nsec - start.tv_nsec),
         used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1e-6 * (used.ru_utime.tv_usec + used.ru_stime.tv_usec));
  if (argc > 3) {
    FILE *out = fopen(argv[3], "wb");
    if (!out || fwrite(fields, 16ul * N, (size_t)COUNT * CONDITIONS, out) != (size_t)COUNT * CONDITIONS) return 1;
    fclose(out);
  }
  return 0;
}
