package lis;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.test.config.TestR4Config;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** HAPI FHIR's JPA server on an H2 database in memory; prints its base URL once it listens. */
public final class FhirServer {
    public static void main(String[] args) throws Exception {
        AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(TestR4Config.class);
        RestfulServer fhir = new RestfulServer(FhirContext.forR4Cached());
        fhir.setDefaultResponseEncoding(EncodingEnum.JSON);
        ResourceProviderFactory resources = beans.getBean("myResourceProvidersR4", ResourceProviderFactory.class);
        fhir.registerProviders(resources.createProviders());
        fhir.registerProvider(beans.getBean(JpaSystemProvider.class));
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        context.addServlet(new ServletHolder(fhir), "/fhir/*");
        server.setHandler(context);
        server.start();
        System.out.println("http://127.0.0.1:" + connector.getLocalPort() + "/fhir");
        server.join();
    }
}
