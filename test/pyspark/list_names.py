"""Prints the public names of PySpark's SQL and streaming API, one `Class.name` a line: python list_names.py > names.txt"""
import inspect

from pyspark.sql import Catalog, Column, DataFrame, DataFrameNaFunctions, DataFrameReader, DataFrameStatFunctions, DataFrameWriter
from pyspark.sql import DataFrameWriterV2, GroupedData, Observation, SparkSession, Window, WindowSpec, functions
from pyspark.sql.conf import RuntimeConfig
from pyspark.sql.merge import MergeIntoWriter
from pyspark.sql.streaming import DataStreamReader, DataStreamWriter, StreamingQuery, StreamingQueryManager
from pyspark.sql.tvf import TableValuedFunction
from pyspark.sql.udf import UDFRegistration
from pyspark.sql.udtf import UDTFRegistration

CLASSES = [
    SparkSession, DataFrame, Column, GroupedData, DataFrameNaFunctions, DataFrameStatFunctions, Window, WindowSpec, Catalog, DataFrameReader,
    DataFrameWriter, DataFrameWriterV2, MergeIntoWriter, DataStreamReader, DataStreamWriter, StreamingQuery, StreamingQueryManager, Observation,
    TableValuedFunction, UDFRegistration, UDTFRegistration, RuntimeConfig,
]

for cls in CLASSES:
    for name in sorted(n for n, _ in inspect.getmembers(cls) if not n.startswith("_")):
        print(f"{cls.__name__}.{name}")
for name in sorted(functions.__all__):
    print(f"functions.{name}")
