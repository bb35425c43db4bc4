#!/bin/sh
# Installs the peers of the benchmark (DuckDB, Polars, Spark, Flink, and the generator of TPC-H) in data/bench-venv. About 1 GB. What can't be had is named by
# the benchmark as "not there".
cd "$(dirname "$0")/../.." || exit 1
venv=data/bench-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || exit 1
for package in duckdb polars tpchgen-cli pyspark==4.3.0 apache-flink-libraries==2.3.0; do
  echo "installing $package"
  "$venv/bin/pip" install --quiet "$package" || echo "$package: not installed"
done
