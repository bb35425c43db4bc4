import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * A query of Nexmark in Flink SQL, streaming mode, parallelism 1, state on the heap, a checkpoint each second, over one
 * NDJSON file a kind; at their end all windows close. Arguments are name=value.
 */
public final class FlinkNexmark {
  static final String TIME = "`dateTime` TIMESTAMP_LTZ(3), WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND";

  static double cpuSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String arg : args) options.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
    double whole = 0, warm = 0;
    for (int i = 0; i < Integer.parseInt(options.get("times")); i++) {
      double before = cpuSeconds();
      run(options, options.get("scratch") + "/checkpoint-" + i);
      warm = cpuSeconds() - before;
      if (i == 0) whole = cpuSeconds();
    }
    System.out.println("{\"wholeSeconds\":" + whole + ",\"warmSeconds\":" + warm + "}");
    System.exit(0);
  }

  static void run(Map<String, String> options, String checkpoint) throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "1s");
    configuration.setString("execution.checkpointing.dir", "file://" + checkpoint);
    configuration.setString("state.backend.type", "hashmap");
    configuration.setString("execution.runtime-mode", "STREAMING");
    configuration.setString("table.local-time-zone", "UTC");
    configuration.setString("rest.bind-address", "127.0.0.1");
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(1);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    String folder = options.get("folder");
    table(tables, "person", "id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, extra STRING, " + TIME, folder + "/person.ndjson");
    table(tables, "auction", "id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, expires TIMESTAMP_LTZ(3), seller BIGINT, category BIGINT, extra STRING, " + TIME, folder + "/auction.ndjson");
    table(tables, "bid", "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, extra STRING, " + TIME, folder + "/bid.ndjson");
    table(tables, "side_input", "`key` BIGINT, `value` STRING", options.get("side"));
    String sql = options.get("sql");
    StringBuilder columns = new StringBuilder();
    for (org.apache.flink.table.catalog.Column column : tables.sqlQuery(sql).getResolvedSchema().getColumns())
      columns.append(columns.length() == 0 ? "" : ", ").append('`').append(column.getName()).append("` ").append(column.getDataType().getLogicalType().asSerializableString().replace(" NOT NULL", ""));
    tables.executeSql("CREATE TABLE nowhere (" + columns + ") WITH ('connector' = 'blackhole')");
    tables.executeSql("INSERT INTO nowhere " + sql).await();
  }

  static void table(StreamTableEnvironment tables, String name, String columns, String path) {
    tables.executeSql("CREATE TABLE " + name + " (" + columns + ") WITH ('connector' = 'filesystem', 'path' = 'file://" + path + "', 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')");
  }
}
