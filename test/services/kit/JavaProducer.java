import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What Java's own producer writes. Arguments: address of a broker, records a topic, then topics, each `name:codec` or
 * `name:codec:transactions`; with transactions every second one, of 100 records, is aborted. Prints `topic partition offset number` of
 * each record, and at its end `done`.
 */
public class JavaProducer {
  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[1]);
    for (int i = 2; i < args.length; i++) {
      String[] parts = args[i].split(":");
      produce(args[0], parts[0], parts[1], parts.length > 2, count);
    }
    System.out.println("done");
  }

  static void produce(String servers, String topic, String codec, boolean inTransactions, int count) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", servers);
    properties.put("compression.type", codec);
    properties.put("linger.ms", "20");
    properties.put("batch.size", "100000");
    if (inTransactions) properties.put("transactional.id", "java-" + topic);
    StringBuilder lines = new StringBuilder();
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      if (inTransactions) producer.initTransactions();
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int n = 0; n < count; n++) {
        if (inTransactions && n % 100 == 0) producer.beginTransaction();
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, null, 1_700_000_000_000L + n, bytes("key " + n % 97), n % 50 == 7 ? null : value(n));
        if (n % 3 == 0) record.headers().add("number", bytes(String.valueOf(n))).add("none", null);
        sent.add(producer.send(record));
        if (inTransactions && n % 100 == 99) {
          if (n / 100 % 2 == 1) {
            producer.flush();
            producer.abortTransaction();
          } else producer.commitTransaction();
        }
      }
      producer.flush();
      for (int n = 0; n < count; n++) {
        RecordMetadata at = sent.get(n).get();
        lines.append(topic).append(' ').append(at.partition()).append(' ').append(at.offset()).append(' ').append(n).append('\n');
      }
    }
    System.out.print(lines);
  }

  /** Some are longer than a block of any codec. */
  static byte[] value(int n) { return bytes(n + " " + "text that can be made shorter ".repeat(n % 400 == 11 ? 10_000 : 1 + n % 9) + (n * 7919L) % 10007); }
  static byte[] bytes(String text) { return text.getBytes(StandardCharsets.UTF_8); }
}
