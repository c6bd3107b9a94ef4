import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * Serves Bolt on 127.0.0.1, prints READY, and ends when its standard input ends: so it cannot outlive the test that
 * holds the other end of the pipe, however that test died. Arguments: data directory, port.
 */
public class Launcher {
  public static void main(String[] args) throws Exception {
    SocketAddress address = new SocketAddress("127.0.0.1", Integer.parseInt(args[1]));
    DatabaseManagementService service =
        new DatabaseManagementServiceBuilder(Path.of(args[0]))
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, address)
            .setConfig(BoltConnector.advertised_address, address)
            .build();
    System.out.println("READY");
    while (System.in.read() >= 0) {
      // nothing is sent; only the end counts
    }
    service.shutdown();
    System.exit(0);
  }
}
