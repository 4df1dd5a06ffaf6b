"""Answers SQL with Apache Spark: `spark.py FOLDER`, statements on stdin as a list in JSON, their rows on stdout as lists of lists.
The table `files` is all that was exported into FOLDER."""

import json
import sys

from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "America/Bogota")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
try:
    spark.read.option("mergeSchema", "true").parquet(sys.argv[1]).createOrReplaceTempView("files")
    answers = [[list(row) for row in spark.sql(sql).collect()] for sql in json.load(sys.stdin)]
    json.dump(answers, sys.stdout, default=str)
finally:
    spark.stop()
