import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;

/**
 * A query of Nexmark in Spark Structured Streaming over Parquet: local[1], one shuffle partition, a checkpoint. Arguments
 * are name=value; program=prepare makes the Parquet, program=refused says which condition refuses a query.
 */
public final class SparkNexmark {
  static final String[] KINDS = {"person", "auction", "bid"};

  static double cpuSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String arg : args) options.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
    SparkSession.Builder builder = SparkSession.builder().master("local[1]").appName("nexmark")
        .config("spark.sql.shuffle.partitions", "1").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1");
    if (options.getOrDefault("store", "memory").equals("rocksdb"))
      builder.config("spark.sql.streaming.stateStore.providerClass", "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider");
    SparkSession spark = builder.getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    switch (options.get("program")) {
      case "prepare" -> prepare(spark, options);
      case "refused" -> refused(spark, options);
      default -> run(spark, options);
    }
    spark.stop();
  }

  static void prepare(SparkSession spark, Map<String, String> options) throws Exception {
    Path folder = Path.of(options.get("folder"));
    for (String kind : KINDS) {
      Path place = Files.createDirectories(folder.resolve("parquet").resolve(kind));
      File[] files = folder.resolve(kind).toFile().listFiles((dir, name) -> name.endsWith(".ndjson"));
      Arrays.sort(files);
      for (File file : files) {
        Path made = Path.of(options.get("scratch"), kind + file.getName());
        spark.read().schema(options.get(kind)).json(file.getPath()).coalesce(1).write().parquet(made.toString());
        Path target = place.resolve(file.getName().replace(".ndjson", ".parquet"));
        Files.move(made.toFile().listFiles((dir, name) -> name.endsWith(".parquet"))[0].toPath(), target, StandardCopyOption.REPLACE_EXISTING);
        target.toFile().setLastModified(file.lastModified());
      }
    }
    Files.writeString(folder.resolve("parquet").resolve(".made"), "");
  }

  static void views(SparkSession spark, Map<String, String> options) {
    for (String kind : KINDS)
      spark.readStream().schema(options.get(kind)).option("maxFilesPerTrigger", options.getOrDefault("filesPerTrigger", "1")).option("pathGlobFilter", options.getOrDefault("glob", "part-*.parquet"))
          .parquet(options.get("folder") + "/" + kind).withWatermark("dateTime", options.get("delay")).createOrReplaceTempView(kind);
    spark.read().schema(options.get("side_input")).json(options.get("folder") + "/../side").createOrReplaceTempView("side_input");
  }

  static DataStreamWriter<?> writer(SparkSession spark, String sql, String mode, String checkpoint) {
    return spark.sql(sql).writeStream().outputMode(mode).format("noop").trigger(Trigger.AvailableNow()).option("checkpointLocation", checkpoint);
  }

  static void run(SparkSession spark, Map<String, String> options) throws Exception {
    views(spark, options);
    double whole = 0, warm = 0;
    long rowsOut = 0, rowsIn = 0;
    for (int i = 0; i < Integer.parseInt(options.get("times")); i++) {
      double before = cpuSeconds();
      StreamingQuery query = writer(spark, options.get("sql"), options.get("outputMode"), options.get("scratch") + "/checkpoint-" + i).start();
      query.awaitTermination();
      warm = cpuSeconds() - before;
      if (i == 0) whole = cpuSeconds();
      rowsOut = rowsIn = 0;
      for (StreamingQueryProgress progress : query.recentProgress()) {
        rowsIn += progress.numInputRows();
        rowsOut += progress.sink().numOutputRows();
      }
    }
    System.out.println("{\"wholeSeconds\":" + whole + ",\"warmSeconds\":" + warm + ",\"rowsOut\":" + rowsOut + ",\"rowsIn\":" + rowsIn + "}");
  }

  static void refused(SparkSession spark, Map<String, String> options) throws Exception {
    views(spark, options);
    StringBuilder found = new StringBuilder("{");
    for (Map.Entry<String, String> option : options.entrySet()) {
      if (!option.getKey().startsWith("query:")) continue;
      String condition;
      try {
        writer(spark, option.getValue(), "append", options.get("scratch") + "/refused-" + option.getKey().substring(6)).start().awaitTermination();
        condition = "not refused";
      } catch (Throwable error) {
        condition = error instanceof org.apache.spark.SparkThrowable thrown ? thrown.getCondition() : error.getClass().getName();
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) if (cause instanceof org.apache.spark.SparkThrowable thrown) condition = thrown.getCondition();
      }
      found.append(found.length() == 1 ? "" : ",").append('"').append(option.getKey().substring(6)).append("\":\"").append(condition).append('"');
    }
    System.out.println(found.append('}'));
  }
}
