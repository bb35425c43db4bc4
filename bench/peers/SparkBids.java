import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;

/** The same stream in Spark Structured Streaming with a checkpoint: local[1], one shuffle partition. Arguments: folder, checkpoint. */
public final class SparkBids {
  static double cpuSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
  }

  public static void main(String[] args) throws Exception {
    SparkSession spark = SparkSession.builder().master("local[1]").appName("bids")
        .config("spark.sql.shuffle.partitions", "1").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    double atWork = cpuSeconds();
    AtomicLong groups = new AtomicLong(), bids = new AtomicLong();
    Dataset<Row> counts = spark.readStream().schema("price BIGINT, channel STRING, dateTime TIMESTAMP").option("maxFilesPerTrigger", "10").json(args[0])
        .withWatermark("dateTime", "4 seconds").where("price > 10000")
        .groupBy(functions.window(functions.col("dateTime"), "10 seconds"), functions.col("channel")).count();
    StreamingQuery query = counts.writeStream().outputMode("append").trigger(Trigger.AvailableNow()).option("checkpointLocation", args[1])
        .foreachBatch((VoidFunction2<Dataset<Row>, Long>) (batch, id) -> {
          for (Row row : batch.collectAsList()) {
            groups.incrementAndGet();
            bids.addAndGet(row.<Long>getAs("count"));
          }
        }).start();
    query.awaitTermination();
    double work = cpuSeconds() - atWork;
    long rows = 0;
    for (StreamingQueryProgress progress : query.recentProgress()) rows += progress.numInputRows();
    System.out.println("{\"rows\":" + rows + ",\"groups\":" + groups + ",\"bids\":" + bids + ",\"workSeconds\":" + work + "}");
    spark.stop();
  }
}
