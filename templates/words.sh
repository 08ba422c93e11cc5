#!/bin/sh
# Ours: counts the words of the notice when all processes of the run are dead. Prints one answer, and nothing else to stdout.
notice=$BELLJAR_OUT/notice.txt
# What a candidate left may be anything: a link, a pipe, a file without end.
if [ -L "$notice" ] || [ ! -f "$notice" ] || [ "$(wc -c < "$notice")" -gt 10000 ]; then
  echo '{"reject": "$BELLJAR_OUT/notice.txt: no regular file of a fitting size"}'
  exit 0
fi
words=$(wc -w < "$notice")
if [ "$words" -gt 60 ]; then
  printf '{"reject": "%d words, more than 60"}\n' "$words"
else
  printf '{"score": %d, "explanation": "%d words"}\n' "$words" "$words"
fi
