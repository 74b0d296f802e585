/* The recount as one would write it in C: the yardstick of bin/bench tally, no part of the product.

   The same outputs as ruhrvote.tally.cells: in each cell of the roll the seven counts of a tally. Ballots are
   sorted by cell with a counting sort. A ballot's levels lie in one vector of 64 bytes, so that one instruction
   compares an idea with all others; the counts of up to 255 ballots are kept in bytes, in the first cache, and
   then added to the cell's 32-bit counts. Compile with -O3 -march=native -DIDEAS=40 -DTIERS_PER_ANSWER=53
   (at most 64 ideas). */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOT_JUDGED 255
#define ANSWERS 4
#define AHEAD 16 /* ballots that are fetched into the cache before they are needed */

typedef uint8_t row __attribute__((vector_size(64)));

static void flush(row *bytes, int32_t *counts)
{
    for (int i = 0; i < IDEAS; i++)
        for (int j = 0; j < IDEAS; j++)
            counts[i * IDEAS + j] += bytes[i][j];
    memset(bytes, 0, IDEAS * sizeof(row));
}

/* levels: ballots x IDEAS; cell: of each ballot; the rest: outputs, zeroed by the caller, one block per cell.
   Returns 0, or 1 if there is no memory. */
int recount(const uint8_t *levels, const int32_t *cell, int64_t ballots, int64_t cells,
            int32_t *size, int32_t *placed, int32_t *compared, int32_t *above,
            int32_t *first, int32_t *position, int32_t *answered)
{
    int32_t *order = malloc(ballots * sizeof *order), *next = calloc(cells + 1, sizeof *next);
    if (!order || !next) return 1;
    for (int64_t b = 0; b < ballots; b++) size[cell[b]]++;
    for (int64_t c = 0; c < cells; c++) next[c + 1] = next[c] + size[c];
    for (int64_t b = 0; b < ballots; b++) order[next[cell[b]]++] = (int32_t)b;

    row above8[IDEAS], compared8[IDEAS];
    memset(above8, 0, sizeof above8);
    memset(compared8, 0, sizeof compared8);
    int64_t at = 0;
    for (int64_t c = 0; c < cells; c++) {
        int32_t *in_placed = placed + c * IDEAS, *in_compared = compared + c * IDEAS * IDEAS;
        int32_t *in_above = above + c * IDEAS * IDEAS, *in_first = first + c * IDEAS * (IDEAS + 1);
        int32_t *in_position = position + c * IDEAS * IDEAS, *in_answered = answered + c * IDEAS * ANSWERS;
        for (int32_t k = 0; k < size[c]; k++, at++) {
            if (at + AHEAD < ballots) {
                const uint8_t *coming = levels + (int64_t)order[at + AHEAD] * IDEAS;
                __builtin_prefetch(coming);
                __builtin_prefetch(coming + IDEAS - 1);
            }
            row level, one = {0}, better = {0};
            memset(&level, NOT_JUDGED, sizeof level);
            memcpy(&level, levels + (int64_t)order[at] * IDEAS, IDEAS);
            one += 1;
            row judged = (row)(level != NOT_JUDGED) & one;
            row lower = level & (row)(level != NOT_JUDGED); /* nothing is above what is not judged */
            uint8_t best = NOT_JUDGED, plain[64], above_it[64];
            memcpy(plain, &level, sizeof plain);
            for (int i = 0; i < 64; i++) best = plain[i] < best ? plain[i] : best;
            int judgements[IDEAS], n = 0, shared_by = 0;
            for (int i = 0; i < IDEAS; i++) {
                judgements[n] = i;
                n += plain[i] != NOT_JUDGED;
            }
            for (int a = 0; a < n; a++) {
                int i = judgements[a];
                row over = (row)(plain[i] < lower) & one;
                above8[i] += over;
                better += over;
                compared8[i] += judged;
            }
            for (int i = 0; i < IDEAS; i++) shared_by += plain[i] == best;
            memcpy(above_it, &better, sizeof above_it);
            for (int a = 0; a < n; a++) {
                int i = judgements[a];
                in_placed[i]++;
                in_position[i * IDEAS + above_it[i]]++;
                in_answered[i * ANSWERS + plain[i] / TIERS_PER_ANSWER]++;
                in_first[i * (IDEAS + 1) + (above_it[i] ? 0 : shared_by)]++; /* no branch: 0 collects the others */
            }
            if (k % 255 == 254) {
                flush(above8, in_above);
                flush(compared8, in_compared);
            }
        }
        flush(above8, in_above);
        flush(compared8, in_compared);
        for (int i = 0; i < IDEAS; i++) in_compared[i * IDEAS + i] = in_first[i * (IDEAS + 1)] = 0;
    }
    free(order);
    free(next);
    return 0;
}
