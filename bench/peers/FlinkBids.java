import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * The same stream in Flink SQL, streaming mode, parallelism 1, a checkpoint each second, over the files as a bounded
 * source: at its end all windows close. Files come in no order, so the watermark waits an hour of event time rather than
 * four seconds: else rows would be late. Arguments: folder, checkpoint, closedBefore.
 */
public final class FlinkBids {
  static double cpuSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
  }

  public static void main(String[] args) throws Exception {
    double atWork = cpuSeconds();
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "1s");
    configuration.setString("execution.checkpointing.dir", "file://" + args[1]);
    configuration.setString("execution.runtime-mode", "STREAMING");
    configuration.setString("table.local-time-zone", "UTC");
    configuration.setString("rest.bind-address", "127.0.0.1");
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(1);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.executeSql("CREATE TABLE bids (price BIGINT, channel STRING, `dateTime` TIMESTAMP_LTZ(3), WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '1' HOUR) "
        + "WITH ('connector' = 'filesystem', 'path' = 'file://" + args[0] + "', 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')");
    long closedBefore = Long.parseLong(args[2]), groups = 0, bids = 0, openGroups = 0;
    try (CloseableIterator<Row> rows = tables.executeSql("SELECT window_end, channel, COUNT(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND) "
        + "WHERE price > 10000 GROUP BY window_start, window_end, channel").collect()) {
      while (rows.hasNext()) {
        Row row = rows.next();
        long end = ((java.time.LocalDateTime) row.getField(0)).toInstant(java.time.ZoneOffset.UTC).toEpochMilli();
        if (end <= closedBefore) {
          groups++;
          bids += (Long) row.getField(2);
        } else openGroups++;
      }
    }
    System.out.println("{\"groups\":" + groups + ",\"bids\":" + bids + ",\"openGroups\":" + openGroups + ",\"workSeconds\":" + (cpuSeconds() - atWork) + "}");
    System.exit(0);
  }
}
