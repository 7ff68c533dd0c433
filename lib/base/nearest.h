/* "did you mean": the known word that a mistyped one most resembles. */
#ifndef LIB_BASE_NEAREST_H
#define LIB_BASE_NEAREST_H

/* The entry of names (ends with NULL) with the fewest single-letter changes (insert, delete,
 * replace, swap of neighbours) to word, the first of equals; NULL where none is near enough to be a
 * likely slip: more than a third of the word's letters, or more than 3, would have to change. */
const char *nearest_word(const char *word, const char *const *names);

#endif
